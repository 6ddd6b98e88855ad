using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Systemprompt.Generators.Tests;

public sealed class IncrementalTests
{
    private const string Extension = """[Extension("billing")] public sealed class BillingExtension : Extension;""";

    [Fact]
    public void An_edit_in_an_unrelated_file_reruns_nothing()
    {
        var steps = AfterEdit(compilation => compilation.ReplaceSyntaxTree(
            compilation.SyntaxTrees[1], CSharpSyntaxTree.ParseText("public sealed class Plain { public int Edited => 1; }", path: "/src/1.cs")));

        steps.Keys.ShouldBe(["Declared", "References", "List", "Output"], ignoreOrder: true);
        steps.Values.SelectMany(reasons => reasons)
            .ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached || reason == IncrementalStepRunReason.Unchanged);
        steps["Output"].ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached);
        steps["References"].ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached);
    }

    [Fact]
    public void Moving_the_class_within_its_file_rewrites_no_code()
    {
        var steps = AfterEdit(compilation => compilation.ReplaceSyntaxTree(
            compilation.SyntaxTrees[0],
            CSharpSyntaxTree.ParseText("using Systemprompt.Extensions;\n\n\n" + Extension, path: compilation.SyntaxTrees[0].FilePath)));

        steps["List"].ShouldBe([IncrementalStepRunReason.Unchanged]);
    }

    [Fact]
    public void A_new_id_does_rerun()
    {
        var steps = AfterEdit(compilation => compilation.ReplaceSyntaxTree(
            compilation.SyntaxTrees[0],
            CSharpSyntaxTree.ParseText(
                "using Systemprompt.Extensions;\n" + Extension.Replace("billing", "invoices", StringComparison.Ordinal), path: "/src/0.cs")));

        steps["List"].ShouldBe([IncrementalStepRunReason.Modified]);
    }

    [Fact]
    public void A_new_reference_does_rerun()
    {
        var steps = AfterEdit(compilation => compilation.AddReferences(HostTests.Library("reports")));

        steps["References"].ShouldContain(IncrementalStepRunReason.Modified);
        steps["List"].ShouldBe([IncrementalStepRunReason.Modified]);
    }

    private static Dictionary<string, List<IncrementalStepRunReason>> AfterEdit(Func<CSharpCompilation, Compilation> edit)
    {
        var build = Build.Host with { References = [HostTests.Library("payments")] };
        var before = build.Compile(Extension, "public sealed class Plain;", "return;");
        var result = build.Driver().RunGenerators(before).RunGenerators(edit(before)).GetRunResult().Results.Single();

        var steps = result.TrackedSteps
            .Where(step => step.Key is ExtensionGenerator.DeclaredStep or ExtensionGenerator.ReferencesStep or ExtensionGenerator.ListStep)
            .Select(step => (step.Key, Runs: step.Value.AsEnumerable()))
            .Append(("Output", result.TrackedOutputSteps.SelectMany(step => step.Value)));
        return steps.ToDictionary(
            step => step.Item1, step => step.Item2.SelectMany(run => run.Outputs).Select(output => output.Reason).ToList());
    }
}
