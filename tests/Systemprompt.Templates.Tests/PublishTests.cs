namespace Systemprompt.Templates.Tests;

[Collection(TemplateTests.Name)]
public sealed class PublishTests(TemplateFixture templates)
{
    private const long LargestFile = 60_000_000;

    [Fact]
    public async Task The_publish_folder_holds_exactly_one_file()
    {
        var folder = Path.Combine(await templates.PublishedAsync(), "publish");

        var file = new FileInfo(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ShouldHaveSingleItem());
        file.Name.ShouldBe("myco");
        file.Length.ShouldBeLessThanOrEqualTo(LargestFile);
    }

    [Fact]
    public async Task A_file_that_would_lie_beside_it_stops_the_publish_and_is_named()
    {
        var run = await BundleAsync("<ResolvedFileToPublish Include=\"libfoo.so\" RelativePath=\"runtimes/libfoo.so\" /><ResolvedFileToPublish Include=\"appsettings.json\" RelativePath=\"appsettings.json\" />");

        run.ExitCode.ShouldNotBe(0);
        run.Output.ShouldContain("SP0900");
        run.Output.ShouldContain("runtimes/libfoo.so, appsettings.json");
        run.Output.ShouldContain("SystempromptAllowLooseFiles");
    }

    [Fact]
    public async Task Symbols_and_what_is_not_copied_do_not_stop_it()
    {
        var run = await BundleAsync(
            "<ResolvedFileToPublish Include=\"myco.pdb\" RelativePath=\"myco.pdb\" /><ResolvedFileToPublish Include=\"a.txt\" RelativePath=\"a.txt\" CopyToPublishDirectory=\"Never\" />");

        run.ExitCode.ShouldBe(0, run.Output);
    }

    /// <summary>The package's targets around a bundle that left these files over.</summary>
    private async Task<Tool> BundleAsync(string left)
    {
        var folder = templates.NewFolder();
        var targets = Path.Combine(TemplateFixture.Repository, "src/Systemprompt.Core/build/Systemprompt.Core.Host.targets");
        File.WriteAllText(Path.Combine(folder, "bundle.proj"), $"<Project><ItemGroup>{left}</ItemGroup><Import Project=\"{targets}\" /><Target Name=\"GenerateSingleFileBundle\" /></Project>");
        return await Tool.RunAsync("dotnet", ["msbuild", "bundle.proj", "-t:GenerateSingleFileBundle"], folder);
    }
}
