using Microsoft.CodeAnalysis;

namespace Systemprompt.Generators.Tests;

public sealed class LibraryTests
{
    [Fact]
    public void A_library_is_marked_with_its_extension()
    {
        var built = Build.Library().Run("""namespace MyCo.Billing; [Extension("billing")] public sealed class BillingExtension : Extension;""");

        built.Code.ShouldContain("[assembly: global::Systemprompt.Extensions.CompiledExtension(\"billing\", typeof(global::MyCo.Billing.BillingExtension))]");
        built.Emit();
    }

    [Fact]
    public void A_library_without_extensions_gets_no_code() =>
        Build.Library().Run("public sealed class Plain;").Result.GeneratedTrees.ShouldBeEmpty();

    [Fact]
    public void An_id_may_be_a_constant()
    {
        var built = Build.Library().Run(
            """
            public static class Ids { public const string Prefix = "bill"; public const string Billing = Prefix + "ing"; }
            [Extension(Ids.Billing)] public sealed class BillingExtension : Extension;
            """);

        built.Code.ShouldContain("CompiledExtension(\"billing\", typeof(global::BillingExtension))");
        built.Emit();
    }

    [Fact]
    public void Several_extensions_in_one_project_are_marked_by_id()
    {
        var built = Build.Library().Run(
            """[Extension("zeta")] public sealed class AExtension : Extension;""",
            """[Extension("alpha")] public sealed class BExtension : Extension;""");

        built.Code.IndexOf("alpha", StringComparison.Ordinal).ShouldBeLessThan(built.Code.IndexOf("zeta", StringComparison.Ordinal));
        built.Emit();
    }

    [Fact]
    public void A_partial_class_is_marked_once()
    {
        var built = Build.Library().Run(
            """[Extension("billing")] public sealed partial class BillingExtension;""",
            "public sealed partial class BillingExtension : Extension;");

        built.Code.Split("CompiledExtension(").Length.ShouldBe(2);
        built.Emit();
    }

    [Fact]
    public void An_obsolete_extension_still_builds() =>
        Build.Library().Run("""[System.Obsolete("Use billing2.")] [Extension("billing")] public sealed class BillingExtension : Extension;""").Emit();

    [Fact]
    public void A_test_project_is_neither_marked_nor_judged()
    {
        var test = new Build { Name = "MyCo.Tests", Kind = OutputKind.ConsoleApplication, IsTestProject = true };
        var built = test.Run(
            """
            public static class Program { public static void Main() { } }
            [Extension("Not An Id")] internal sealed class Double : Extension;
            internal sealed class Another : Extension;
            """);

        built.Result.GeneratedTrees.ShouldBeEmpty();
        built.Diagnostics.ShouldBeEmpty();
    }
}
