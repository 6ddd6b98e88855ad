using System.Text.RegularExpressions;

namespace Systemprompt.Templates.Tests;

[Collection(TemplateTests.Name)]
public sealed partial class ScaffoldTests(TemplateFixture templates)
{
    [Fact]
    public async Task The_solution_template_makes_these_files()
    {
        var solution = await templates.ScaffoldAsync("MyCo");

        Files.Of(solution).ShouldBeBaseline("systemprompt");
        Files.LeftTokens(solution).ShouldBeEmpty();
        File.ReadLines(Path.Combine(solution, "MyCo.Host/Program.cs")).Count().ShouldBeLessThanOrEqualTo(9);
    }

    [Fact]
    public async Task The_extension_template_makes_these_files_and_enters_them_in_the_solution()
    {
        var solution = await templates.ScaffoldAsync("MyCo");
        var before = Files.Of(solution);
        var untouched = before.Where(file => !file.EndsWith(".slnx", StringComparison.Ordinal)).ToDictionary(file => file, file => File.ReadAllText(Path.Combine(solution, file)));

        var run = await templates.CreateAsync("systemprompt-extension", "Billing", solution);

        run.ExitCode.ShouldBe(0, run.Output);
        Files.Of(solution).Except(before).ToList().ShouldBeBaseline("systemprompt-extension");
        Files.LeftTokens(solution).ShouldBeEmpty();
        foreach (var (file, text) in untouched) File.ReadAllText(Path.Combine(solution, file)).ShouldBe(text, file);
        var projects = File.ReadAllText(Path.Combine(solution, "MyCo.slnx"));
        projects.ShouldContain("extensions/Billing/Billing.csproj");
        projects.ShouldContain("extensions/Billing.Tests/Billing.Tests.csproj");
    }

    [Theory]
    [InlineData("MyCo.Billing", "MyCo.Billing", "BillingExtension", "billing")]
    [InlineData("Order-Desk", "Order_Desk", "Order_DeskExtension", "order_desk")]
    [InlineData("3D", "_3D", "_3DExtension", "x_3d")]
    public async Task An_extensions_name_gives_its_namespace_class_and_id(string name, string project, string type, string id)
    {
        var folder = await templates.ScaffoldAsync("MyCo");

        var run = await templates.CreateAsync("systemprompt-extension", name, folder);

        run.ExitCode.ShouldBe(0, run.Output);
        var source = File.ReadAllText(Path.Combine(folder, "extensions", project, type + ".cs"));
        source.ShouldContain($"namespace {project};");
        source.ShouldContain($"class {type} ");
        source.ShouldContain($"[Extension(\"{id}\"");
        Files.LeftTokens(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_profile_template_adds_one_environment()
    {
        var solution = await templates.ScaffoldAsync("MyCo");
        var before = Files.Of(solution);

        var run = await templates.CreateAsync("systemprompt-profile", "staging", solution);

        run.ExitCode.ShouldBe(0, run.Output);
        Files.Of(solution).Except(before).ToList().ShouldBeBaseline("systemprompt-profile");
        Files.LeftTokens(solution).ShouldBeEmpty();
        (await templates.CreateAsync("systemprompt-profile", "Not/A/Name", solution)).ExitCode.ShouldNotBe(0);
        (await templates.CreateAsync("systemprompt-profile", "Upper", solution)).ExitCode.ShouldBe(105);
    }

    [Theory]
    [InlineData("My-Co", "My_Co", "my-co")]
    [InlineData("My.Co", "My.Co", "my-co")]
    [InlineData("1Co", "_1Co", "1co")]
    [InlineData("Zürich & Söhne", "Zürich_Söhne", "z-rich-s-hne")]
    [InlineData("Big Co", "Big_Co", "big-co")]
    [InlineData("O'Neil, Inc.+ (EU)!", "O_Neil_Inc._EU_", "o-neil-inc-eu-")]
    [InlineData("東京", "東京", "app")]
    public async Task A_name_gives_a_folder_projects_and_a_binary(string name, string identifier, string binary)
    {
        var solution = await templates.ScaffoldAsync(name);

        Files.LeftTokens(solution).ShouldBeEmpty();
        var list = File.ReadAllText(Path.Combine(solution, identifier + ".slnx"));
        var projects = ProjectPath().Matches(list).Select(match => match.Groups[1].Value).ToList();
        projects.Count.ShouldBe(5);
        projects.ShouldAllBe(path => File.Exists(Path.Combine(solution, path)));
        File.ReadAllText(Path.Combine(solution, $"{identifier}.Host/{identifier}.Host.csproj")).ShouldContain($"<AssemblyName>{binary}</AssemblyName>");
        File.ReadAllText(Path.Combine(solution, "deploy/Dockerfile")).ShouldContain($"[\"/app/bin/{binary}\",\"services\",\"health\"]");
        System.Xml.Linq.XDocument.Load(Path.Combine(solution, "Directory.Build.props")).Descendants("Product").Single().Value.ShouldBe(name);
    }

    [Theory]
    [InlineData("---")]
    [InlineData("class")]
    [InlineData("My.namespace")]
    [InlineData("a;b")]
    [InlineData("$(HOME)")]
    [InlineData("%41")]
    [InlineData("System")]
    [InlineData("SystemPrompt")]
    [InlineData("-n")]
    [InlineData("A..B")]
    [InlineData("Trailing.")]
    [InlineData("This name is longer than any company has ever needed it to be")]
    public async Task A_name_that_cannot_work_is_refused_with_the_rule(string name)
    {
        var folder = templates.NewFolder();

        var run = await templates.CreateAsync("systemprompt", name, folder);

        run.ExitCode.ShouldNotBe(0);
        run.Output.ShouldContain("This name cannot be used");
        run.Output.ShouldContain("C# keyword");
        Files.Of(folder).ShouldBe(["nuget.config"]);
    }

    [GeneratedRegex("<Project Path=\"([^\"]+)\"")]
    private static partial Regex ProjectPath();
}
