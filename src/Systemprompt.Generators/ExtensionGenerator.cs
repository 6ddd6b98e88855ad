using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Systemprompt.Generators;

/// <summary>
/// Discovery at compile time. In a library it marks the assembly with its extensions; in an executable it reads those marks from the
/// references and writes the list of constructors that the host starts from. Nothing is looked for at run time.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ExtensionGenerator : IIncrementalGenerator
{
    /// <summary>Names of the pipeline's steps that must not rerun for unrelated edits; the tests track them.</summary>
    internal const string DeclaredStep = "Declared", ReferencesStep = "References", ListStep = "List";

    /// <inheritdoc />
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var project = context.CompilationProvider
            .Select((compilation, _) => compilation.Options.OutputKind)
            .Combine(context.AnalyzerConfigOptionsProvider.Select((options, _) =>
                options.GlobalOptions.TryGetValue("build_property.IsTestProject", out var value)
                && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase)))
            .Select((pair, _) => KindOf(pair.Left, isTest: pair.Right));

        var inspections = context.SyntaxProvider.ForAttributeWithMetadataName(
            ClassInspector.AttributeName, (node, _) => node is ClassDeclarationSyntax, (found, _) => ClassInspector.Attributed(found));
        var forgotten = context.SyntaxProvider
            .CreateSyntaxProvider((node, _) => MayBeExtension(node), ClassInspector.Unattributed)
            .Where(fault => fault is not null);
        var declared = inspections
            .Where(inspection => inspection.Extension is not null)
            .Select((inspection, _) => inspection.Extension!)
            .Collect()
            .Select((all, _) => all.ToEquatableArray())
            .WithTrackingName(DeclaredStep);
        var references = context.MetadataReferencesProvider
            .Select((reference, _) => ReferenceReader.Read(reference))
            .Where(assembly => assembly is not null)
            .Collect()
            .Select((all, _) => all.Select(assembly => assembly!).ToEquatableArray())
            .WithTrackingName(ReferencesStep);
        // Without places: moving a class within its file rewrites nothing.
        var list = project.Combine(declared).Combine(references)
            .Select((input, _) => Listed(input.Left.Left, input.Left.Right, input.Right))
            .WithTrackingName(ListStep);

        context.RegisterSourceOutput(list, (output, entries) => Emit(output, entries));
        context.RegisterSourceOutput(project.Combine(declared).Combine(references), (output, input) =>
            Report(output, LinkCheck.Faults(input.Left.Left, input.Left.Right, input.Right)));
        context.RegisterSourceOutput(inspections.Combine(project), (output, input) =>
            Report(output, input.Right == ProjectKind.Test ? [] : input.Left.Faults));
        context.RegisterSourceOutput(forgotten.Combine(project), (output, input) =>
            Report(output, input.Right == ProjectKind.Test ? [] : [input.Left!]));
    }

    private static ProjectKind KindOf(OutputKind output, bool isTest) => (isTest, output) switch
    {
        (true, _) => ProjectKind.Test,
        (_, OutputKind.ConsoleApplication or OutputKind.WindowsApplication) => ProjectKind.Host,
        _ => ProjectKind.Library,
    };

    private static bool MayBeExtension(SyntaxNode node) =>
        node is ClassDeclarationSyntax { BaseList: not null } type && !type.Modifiers.Any(SyntaxKind.AbstractKeyword);

    private static ExtensionList Listed(
        ProjectKind project, EquatableArray<DeclaredExtension> declared, EquatableArray<ReferencedAssembly> references)
    {
        var own = declared.Select(extension => extension.Entry);
        var all = project == ProjectKind.Host ? own.Concat(references.SelectMany(reference => reference.Marked)) : own;
        return new ExtensionList(project, all.Distinct().ToEquatableArray());
    }

    private static void Emit(SourceProductionContext output, ExtensionList list)
    {
        if (list.Project == ProjectKind.Host)
            output.AddSource("Systemprompt.CompiledExtensions.g.cs", Emitter.HostList(list.Extensions));
        else if (list.Project == ProjectKind.Library && !list.Extensions.Items.IsEmpty)
            output.AddSource("Systemprompt.CompiledExtensionMarkers.g.cs", Emitter.Markers(list.Extensions));
    }

    private static void Report(SourceProductionContext output, IEnumerable<Fault> faults)
    {
        foreach (var fault in faults) output.ReportDiagnostic(fault.ToDiagnostic());
    }

    private sealed record ExtensionList(ProjectKind Project, EquatableArray<ExtensionEntry> Extensions);
}
