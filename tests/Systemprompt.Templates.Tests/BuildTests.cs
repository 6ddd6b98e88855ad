namespace Systemprompt.Templates.Tests;

/// <summary>Names and places that break careless templates, built for real with warnings as errors.</summary>
[Collection(TemplateTests.Name)]
public sealed class BuildTests(TemplateFixture templates)
{
    [Fact]
    public async Task A_name_with_umlauts_and_an_ampersand_builds_inside_a_hostile_folder()
    {
        var folder = templates.NewFolder();
        const string Poison = "<Project><PropertyGroup><TargetFramework>net6.0</TargetFramework><LangVersion>7</LangVersion></PropertyGroup><Target Name=\"Poison\" BeforeTargets=\"Build\"><Error Text=\"poisoned\" /></Target></Project>";
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), Poison);
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), Poison);
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project><ItemGroup><PackageVersion Include=\"xunit\" Version=\"1.0.0\" /></ItemGroup></Project>");
        File.WriteAllText(Path.Combine(folder, ".editorconfig"), "root = true\n[*.cs]\ndotnet_diagnostic.CS1591.severity = error\ndotnet_diagnostic.CA1515.severity = error\n");
        File.WriteAllText(Path.Combine(folder, "global.json"), "{\"sdk\":{\"version\":\"9.0.999\",\"rollForward\":\"disable\"}}");
        // The template engine itself would trip over the folder's global.json, so the solution is made beside and moved in.
        var made = await templates.ScaffoldAsync("Zürich & Söhne");
        var solution = Path.Combine(folder, "Zürich & Söhne");
        Directory.Move(made, solution);

        (await templates.CreateAsync("systemprompt-extension", "My.Billing", solution)).ExitCode.ShouldBe(0);

        await Tool.SucceedAsync("dotnet", ["build", "-clp:NoSummary"], solution);
        File.Exists(Path.Combine(solution, "extensions/My.Billing/bin/Debug/net10.0/My.Billing.dll")).ShouldBeTrue();
        Directory.GetFiles(Path.Combine(solution, "Zürich_Söhne.Host/bin"), "My.Billing.dll", SearchOption.AllDirectories).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_name_that_starts_with_a_digit_builds() =>
        await Tool.SucceedAsync("dotnet", ["build", "-clp:NoSummary"], await templates.ScaffoldAsync("1Co"));
}
