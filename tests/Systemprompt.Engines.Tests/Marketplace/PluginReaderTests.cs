using System.IO.Compression;
using Systemprompt.Hosting;
using Systemprompt.Marketplace;

namespace Systemprompt.Engines.Tests.Marketplace;

public sealed class PluginReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_plugin_is_read_with_its_parts()
    {
        Add("good").With("plugins/good/skills/one/SKILL.md", "---\nname: one\n---\n").With("plugins/good/hooks/hooks.json", """{"hooks":{}}""");

        var (plugins, faults) = Read();

        faults.ShouldBeEmpty();
        var plugin = plugins.ShouldHaveSingleItem();
        plugin.Name.ShouldBe("good");
        plugin.Version.ShouldBe("1.2.3");
        plugin.Skills.ShouldBe(1);
        plugin.HasHooks.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"name":"other","version":"1"}""", "must be the folder's name")]
    [InlineData("""{"version":"1"}""", "has no \"name\"")]
    [InlineData("""{"name":"bad"}""", "has no \"version\"")]
    [InlineData("""{"name":7,"version":"1"}""", "must be a text")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{\n  oops", ":2:3: is no JSON")]
    public void A_faulty_manifest_is_named_and_harms_no_other_plugin(string manifest, string fault)
    {
        Add("good").With("plugins/bad/.claude-plugin/plugin.json", manifest);

        var (plugins, faults) = Read();

        plugins.Select(plugin => plugin.Name).ShouldBe(["good"]);
        var found = faults.ShouldHaveSingleItem();
        found.File.ShouldStartWith("bad/.claude-plugin/plugin.json");
        $"{found.File}: {found.Message}".ShouldContain(fault);
    }

    [Theory]
    [InlineData("Bad_Name")]
    [InlineData("bad name")]
    [InlineData("..evil")]
    [InlineData("bad--name")]
    [InlineData("ünïcode")]
    public void A_folder_whose_name_is_no_plugin_name_is_refused(string name)
    {
        _folder.With($"plugins/{name}/.claude-plugin/plugin.json", $$"""{"name":"{{name}}","version":"1"}""");

        var (plugins, faults) = Read();

        plugins.ShouldBeEmpty();
        faults.ShouldHaveSingleItem().Message.ShouldContain(PluginNames.Rule);
    }

    [Fact]
    public void A_folder_without_a_manifest_is_reported()
    {
        _folder.With("plugins/empty/README.md", "x");

        Read().Faults.ShouldHaveSingleItem().Message.ShouldContain("missing");
    }

    [Fact]
    public void A_link_out_of_the_folder_is_not_followed()
    {
        Add("good");
        _folder.With("secret.txt", "outside");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "plugins/good/link.txt"), Path.Combine(_folder.Path, "secret.txt"));

        Read().Plugins.ShouldHaveSingleItem().Files.Select(file => file.Path).ShouldBe([".claude-plugin/plugin.json"]);
    }

    [Fact]
    public void The_archive_is_the_same_for_the_same_files_and_keeps_scripts_executable()
    {
        Add("good").With("plugins/good/hooks/check.sh", "#!/bin/sh\n");
        var first = Read().Plugins[0].Archive;
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "plugins/good/hooks/check.sh"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Read().Plugins[0].Archive.ShouldBe(first);
        using var zip = new ZipArchive(new MemoryStream(first));
        zip.Entries.Select(entry => entry.FullName).ShouldBe([".claude-plugin/plugin.json", "hooks/check.sh"]);
        (zip.GetEntry("hooks/check.sh")!.ExternalAttributes >> 16 & 0x1FF).ShouldBe(0b111_101_101);
        (zip.GetEntry(".claude-plugin/plugin.json")!.ExternalAttributes >> 16 & 0x1FF).ShouldBe(0b110_100_100);
    }

    public void Dispose() => _folder.Dispose();

    private TempFolder Add(string name) =>
        _folder.With($"plugins/{name}/.claude-plugin/plugin.json", $$"""{"name":"{{name}}","version":"1.2.3","description":"d"}""");

    private (IReadOnlyList<Plugin> Plugins, IReadOnlyList<PluginFault> Faults) Read() =>
        PluginReader.Read(new HostFiles(typeof(PluginReaderTests).Assembly, _folder.Path).Folder("plugins"));
}
