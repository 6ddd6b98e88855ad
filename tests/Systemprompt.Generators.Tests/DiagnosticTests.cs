using Microsoft.CodeAnalysis;

namespace Systemprompt.Generators.Tests;

public sealed class DiagnosticTests
{
    [Theory]
    [InlineData("SP0001", "Billing", "public sealed class Billing : Extension;")]
    [InlineData("SP0001", "Billing", "public abstract class Base : Extension; public sealed class Billing : Base;")]
    [InlineData("SP0001", "Second", """[Extension("first")] public class First : Extension; public sealed class Second : First;""")]
    [InlineData("SP0002", "\"Billing\"", """[Extension("Billing")] public sealed class Billing : Extension;""")]
    [InlineData("SP0002", "\"b\"", """[Extension("b")] public sealed class Billing : Extension;""")]
    [InlineData("SP0002", "\"\"", """[Extension("")] public sealed class Billing : Extension;""")]
    [InlineData("SP0002", "\"1billing\"", """[Extension("1billing")] public sealed class Billing : Extension;""")]
    [InlineData("SP0002", "\"my-billing\"", """[Extension("my-billing")] public sealed class Billing : Extension;""")]
    [InlineData("SP0002", "\"rechnungsprüfung\"", """[Extension("rechnungsprüfung")] public sealed class Billing : Extension;""")]
    [InlineData("SP0003", "\"pg_billing\"", """[Extension("pg_billing")] public sealed class Billing : Extension;""")]
    [InlineData("SP0003", "\"public\"", """[Extension("public")] public sealed class Billing : Extension;""")]
    [InlineData("SP0003", "\"information_schema\"", """[Extension("information_schema")] public sealed class Billing : Extension;""")]
    [InlineData("SP0003", "\"governance\"", """[Extension("governance")] public sealed class Billing : Extension;""")]
    [InlineData("SP0005", "Billing", """[Extension("billing")] public sealed class Billing(string name) : Extension { public string Name => name; }""")]
    [InlineData("SP0005", "Billing", """[Extension("billing")] public sealed class Billing : Extension { private Billing() { } }""")]
    [InlineData("SP0005", "Billing", """[Extension("billing")] public sealed class Billing : Extension { public required string Name { get; init; } }""")]
    [InlineData("SP0006", "Billing", """[Extension("billing")] internal sealed class Billing : Extension;""")]
    [InlineData("SP0007", "Billing", """public static class Outer { [Extension("billing")] public sealed class Billing : Extension; }""")]
    [InlineData("SP0007", "Billing", """[Extension("billing")] public sealed class Billing<T> : Extension;""")]
    [InlineData("SP0008", "Billing", """[Extension("billing")] public abstract class Billing : Extension;""")]
    [InlineData("SP0009", "Billing", """[Extension("billing")] public sealed class Billing;""")]
    public void A_fault_is_an_error_at_its_place(string id, string underlined, string source)
    {
        var built = Build.Library().Run(source);

        var diagnostic = built.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe(id);
        diagnostic.Severity.ShouldBe(DiagnosticSeverity.Error);
        diagnostic.Descriptor.HelpLinkUri.ShouldEndWith($"docs/diagnostics.md#{id.ToLowerInvariant()}");
        diagnostic.Location.GetLineSpan().Path.ShouldBe("/src/MyCo.Billing/0.cs");
        built.Underlined(diagnostic).ShouldBe(underlined);
        built.Code.ShouldNotContain("typeof(global::Billing)");
    }

    [Fact]
    public void A_class_with_several_faults_shows_them_all() =>
        Build.Library().Run("""[Extension("Billing")] internal sealed class Billing(int n) : Extension { public int N => n; }""")
            .Diagnostics.Select(diagnostic => diagnostic.Id).Order().ShouldBe(["SP0002", "SP0005", "SP0006"]);

    [Fact]
    public void A_base_class_needs_no_id() =>
        Build.Library().Run("public abstract class Base : Extension;").Diagnostics.ShouldBeEmpty();

    [Theory]
    [InlineData("ab")]
    [InlineData("a23456789012345678901234567890123456789_1")]
    [InlineData("governance_custom")]
    public void A_good_id_passes(string id) =>
        Build.Library().Run($$"""[Extension("{{id}}")] public sealed class Billing : Extension;""").Emit();

    [Fact]
    public void An_id_twice_in_a_project_names_both_places()
    {
        var built = Build.Library().Run(
            """[Extension("billing")] public sealed class One : Extension;""",
            """[Extension("billing")] public sealed class Two : Extension;""");

        built.Diagnostics.Select(diagnostic => diagnostic.Id).ShouldBe(["SP0004", "SP0004"]);
        built.Diagnostics.Select(built.Underlined).Order().ShouldBe(["One", "Two"]);
        built.Diagnostics[0].GetMessage().ShouldContain("One (0.cs:2)");
        built.Diagnostics[0].GetMessage().ShouldContain("Two (1.cs:2)");
    }

    [Fact]
    public void An_id_that_a_reference_has_already_names_both_places()
    {
        var built = (Build.Library("MyCo.Other") with { References = [HostTests.Library("billing", "MyCo.Billing")] })
            .Run("""[Extension("billing")] public sealed class Mine : Extension;""");

        var diagnostic = built.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SP0004");
        built.Underlined(diagnostic).ShouldBe("Mine");
        diagnostic.GetMessage().ShouldContain("Mine (0.cs:2) and by MyCo.BillingExtension (MyCo.Billing)");
    }

    [Fact]
    public void An_id_in_two_references_of_the_host_names_both_assemblies()
    {
        var other = Build.Library("MyCo.Other").Run("""[Extension("billing")] public sealed class Other : Extension;""").ToMetadata();
        var built = (Build.Host with { References = [other, HostTests.Library("billing", "MyCo.Billing")] }).Run("return;");

        built.Diagnostics.ShouldHaveSingleItem().GetMessage()
            .ShouldContain("'billing' is used by MyCo.BillingExtension (MyCo.Billing) and by Other (MyCo.Other)");
    }

    [Fact]
    public void Two_references_with_one_id_are_no_fault_where_nothing_is_hosted()
    {
        var other = Build.Library("MyCo.Other").Run("""[Extension("billing")] public sealed class Other : Extension;""").ToMetadata();

        (Build.Library("MyCo.Tools") with { References = [other, HostTests.Library("billing", "MyCo.Billing")] })
            .Run("public sealed class Tool;").Diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void A_reference_built_without_the_generator_is_not_silently_left_out()
    {
        var shared = Image(Build.Library("MyCo.Shared").Compile("public abstract class Base : Extension;"));
        var unmarked = Image((Build.Library("MyCo.Late") with { References = [shared] })
            .Compile("""namespace MyCo; [Extension("late")] public sealed class LateExtension : Base;"""));
        var built = (Build.Host with { References = [shared, unmarked] }).Run("return;");

        var diagnostic = built.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("SP0010");
        diagnostic.GetMessage().ShouldContain("'MyCo.LateExtension' in MyCo.Late is an extension");
    }

    [Fact]
    public void Every_rule_is_documented_and_tracked()
    {
        var root = Root();
        var page = File.ReadAllText(Path.Combine(root, "docs/diagnostics.md"));
        var releases = File.ReadAllText(Path.Combine(root, "src/Systemprompt.Generators/AnalyzerReleases.Unshipped.md"))
            + File.ReadAllText(Path.Combine(root, "src/Systemprompt.Generators/AnalyzerReleases.Shipped.md"));
        var rules = typeof(Rules).GetFields().Select(field => field.GetValue(null)).OfType<DiagnosticDescriptor>().ToList();

        rules.Count.ShouldBe(10);
        rules.Select(rule => rule.Id).Distinct().Count().ShouldBe(rules.Count);
        rules.ShouldAllBe(rule => page.Contains($"\n## {rule.Id}\n\n**{rule.Title}.**") && releases.Contains($"\n{rule.Id} |"));
    }

    private static MetadataReference Image(Compilation compilation)
    {
        using var stream = new MemoryStream();
        compilation.Emit(stream).Success.ShouldBeTrue();
        return MetadataReference.CreateFromImage(stream.ToArray());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
