using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Systemprompt.Generators;

/// <summary>An extension as the generated list needs it.</summary>
/// <param name="Id">The id from the attribute.</param>
/// <param name="TypeName">Full name in C#, without <c>global::</c>.</param>
internal sealed record ExtensionEntry(string Id, string TypeName);

/// <summary>An extension class of the project being compiled.</summary>
internal sealed record DeclaredExtension(ExtensionEntry Entry, SourcePlace Place);

/// <summary>What looking at one class gave: an extension that can be linked, or the reasons why not.</summary>
internal sealed record Inspection(DeclaredExtension? Extension, EquatableArray<Fault> Faults);

/// <summary>What a referenced assembly tells about its extensions.</summary>
/// <param name="Assembly">Simple name of the assembly.</param>
/// <param name="Marked">What its markers list.</param>
/// <param name="Classes">Classes that may derive from an extension; judged when all references are known.</param>
internal sealed record ReferencedAssembly(string Assembly, EquatableArray<ExtensionEntry> Marked, EquatableArray<ReferencedClass> Classes);

/// <summary>A class in a referenced assembly, by full names.</summary>
internal sealed record ReferencedClass(string Name, string BaseName, bool IsAbstract);

/// <summary>What kind of project is being compiled.</summary>
internal enum ProjectKind
{
    /// <summary>Its extensions are marked for the host to find.</summary>
    Library,

    /// <summary>An executable: it lists every extension it references or holds.</summary>
    Host,

    /// <summary>Neither. Doubles of extensions in tests are nobody's business.</summary>
    Test,
}

/// <summary>A location that can be compared and does not keep a syntax tree alive.</summary>
internal sealed record SourcePlace(string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static SourcePlace Of(Location location) =>
        new(location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);

    public Location ToLocation() => Location.Create(Path, Span, Lines);

    public override string ToString() => $"{System.IO.Path.GetFileName(Path)}:{Lines.Start.Line + 1}";
}

/// <summary>A diagnostic on its way through the pipeline.</summary>
internal sealed record Fault(DiagnosticDescriptor Rule, SourcePlace? Place, EquatableArray<string> Arguments)
{
    public static Fault At(SourcePlace? place, DiagnosticDescriptor rule, params string[] arguments) =>
        new(rule, place, new EquatableArray<string>(ImmutableArray.Create(arguments)));

    public Diagnostic ToDiagnostic() =>
        Diagnostic.Create(Rule, Place?.ToLocation() ?? Location.None, Arguments.Items.Cast<object>().ToArray());
}
