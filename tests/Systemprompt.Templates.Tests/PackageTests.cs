using System.IO.Compression;
using System.Xml.Linq;

namespace Systemprompt.Templates.Tests;

[Collection(TemplateTests.Name)]
public sealed class PackageTests(TemplateFixture templates)
{
    [Fact]
    public void Every_package_carries_its_page_and_licence_and_one_version()
    {
        var packages = Directory.GetFiles(templates.Feed, "*.nupkg");
        var versions = new List<string>();
        foreach (var package in packages)
        {
            using var zip = ZipFile.OpenRead(package);
            zip.GetEntry("README.md").ShouldNotBeNull(package);
            using var stream = zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
            var metadata = XDocument.Load(stream).Root!.Elements().Single();
            metadata.Elements().Single(element => element.Name.LocalName == "license").Value.ShouldContain("MIT");
            metadata.Elements().Single(element => element.Name.LocalName == "description").Value.ShouldNotBeEmpty();
            versions.Add(metadata.Elements().Single(element => element.Name.LocalName == "version").Value);
        }

        packages.Select(Path.GetFileName).Select(name => string.Join('.', name!.Split('.')[..2])).ShouldBe(
            [
                "Systemprompt.Core", "Systemprompt.Email", "Systemprompt.EmbeddedPostgres", "Systemprompt.Marketplace",
                "Systemprompt.Templates", "Systemprompt.Testing", "Systemprompt.Web",
            ],
            ignoreOrder: true);
        versions.Distinct().ShouldHaveSingleItem();
        using var pack = ZipFile.OpenRead(packages.Single(package => package.Contains("Systemprompt.Templates.", StringComparison.Ordinal)));
        using var pinned = pack.GetEntry("content/systemprompt/Directory.Packages.props")!.Open();
        XDocument.Load(pinned).Descendants("SystempromptVersion").Single().Value.ShouldBe(versions[0]);
    }

    [Fact]
    public void What_a_solution_uses_besides_is_what_this_repository_tests_with()
    {
        var ours = Versions("Directory.Packages.props");
        var theirs = Versions("templates/systemprompt/Directory.Packages.props").Where(package => !package.Key.StartsWith("Systemprompt.", StringComparison.Ordinal)).ToList();

        theirs.ShouldNotBeEmpty();
        theirs.ShouldAllBe(package => ours[package.Key] == package.Value);
    }

    private static Dictionary<string, string> Versions(string file) =>
        XDocument.Load(Path.Combine(TemplateFixture.Repository, file)).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
}
