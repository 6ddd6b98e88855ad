using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Systemprompt.Generators.Tests;

/// <summary>One in-memory project, compiled with the generator as the SDK would.</summary>
internal sealed record Build
{
    private static readonly ImmutableArray<MetadataReference> Framework =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var file
                && (file.StartsWith("System.", StringComparison.Ordinal) || file.StartsWith("Microsoft.", StringComparison.Ordinal)
                    || file is "netstandard.dll" or "Systemprompt.Core.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public string Name { get; init; } = "MyCo.Billing";

    public OutputKind Kind { get; init; } = OutputKind.DynamicallyLinkedLibrary;

    public bool IsTestProject { get; init; }

    public ImmutableArray<MetadataReference> References { get; init; } = [];

    public static Build Library(string name = "MyCo.Billing") => new() { Name = name };

    public static Build Host => new() { Name = "MyCo.Host", Kind = OutputKind.ConsoleApplication };

    /// <summary>A file per source, named 0.cs, 1.cs …</summary>
    public CSharpCompilation Compile(params string[] sources) => CSharpCompilation.Create(
        Name,
        sources.Select((source, i) => CSharpSyntaxTree.ParseText("using Systemprompt.Extensions;\n" + source, path: $"/src/{Name}/{i}.cs")),
        Framework.AddRange(References),
        new CSharpCompilationOptions(Kind, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error));

    public GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new ExtensionGenerator().AsSourceGenerator()],
        optionsProvider: new Properties(IsTestProject ? "true" : ""),
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public Built Run(params string[] sources) => Run(Compile(sources));

    public Built Run(CSharpCompilation compilation)
    {
        var driver = Driver().RunGeneratorsAndUpdateCompilation(compilation, out var output, out var diagnostics);
        return new Built((CSharpCompilation)output, driver.GetRunResult(), diagnostics);
    }

    private sealed class Properties(string isTestProject) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(isTestProject);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Options(string isTestProject) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = isTestProject;
            return key == "build_property.IsTestProject";
        }
    }
}

/// <summary>What a build gave.</summary>
internal sealed record Built(CSharpCompilation Compilation, GeneratorDriverRunResult Result, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>All generated code as one text.</summary>
    public string Code => string.Concat(Result.GeneratedTrees.Select(tree => tree.ToString()));

    /// <summary>Where the only diagnostic stands, as the text it underlines.</summary>
    public string Underlined(Diagnostic diagnostic) =>
        Compilation.SyntaxTrees.Single(tree => tree.FilePath == diagnostic.Location.GetLineSpan().Path)
            .GetText().ToString(diagnostic.Location.SourceSpan);

    /// <summary>Compiles to an assembly on which other builds can be based; fails on any error or warning.</summary>
    public byte[] Emit()
    {
        using var stream = new MemoryStream();
        var emitted = Compilation.Emit(stream);
        emitted.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).ShouldBeEmpty();
        Diagnostics.ShouldBeEmpty();
        return stream.ToArray();
    }

    public MetadataReference ToMetadata() => MetadataReference.CreateFromImage(Emit());
}
