using Microsoft.CodeAnalysis;

namespace Systemprompt.Generators;

/// <summary>
/// The diagnostics. All are errors that no configuration can lower: what they stop would otherwise be an extension that is silently
/// not in the binary. Each is explained in docs/diagnostics.md.
/// </summary>
internal static class Rules
{
    private const string HelpPage = "https://github.com/systemprompt/systemprompt-dotnet/blob/main/docs/diagnostics.md";

    public static readonly DiagnosticDescriptor MissingAttribute = Rule(
        "SP0001",
        "Extension has no id",
        "'{0}' derives from Extension but has no id: add [Extension(\"…\")], or make it abstract if it is a base class");

    public static readonly DiagnosticDescriptor MalformedId = Rule(
        "SP0002",
        "Extension id is malformed",
        "'{0}' is no extension id: 2 to 41 characters, lower-case letters, digits and underscores, starting with a letter");

    public static readonly DiagnosticDescriptor ReservedId = Rule(
        "SP0003",
        "Extension id is taken",
        "The id '{0}' belongs to {1}: choose another, such as '{0}_custom'");

    public static readonly DiagnosticDescriptor DuplicateId = Rule(
        "SP0004",
        "Extension id is used twice",
        "The id '{0}' is used by {1} and by {2}: an id names one extension in the binary");

    public static readonly DiagnosticDescriptor NoConstructor = Rule(
        "SP0005",
        "Extension cannot be constructed",
        "'{0}' needs a public constructor without parameters and without required members: the host constructs it with new {0}(); "
            + "services come later, in ConfigureServices and StartAsync");

    public static readonly DiagnosticDescriptor NotPublic = Rule(
        "SP0006",
        "Extension is not public",
        "'{0}' must be public: the host, another assembly, constructs it");

    public static readonly DiagnosticDescriptor NestedOrGeneric = Rule(
        "SP0007",
        "Extension is nested or generic",
        "'{0}' must be a class of its own in a namespace, without type parameters");

    public static readonly DiagnosticDescriptor AbstractWithId = Rule(
        "SP0008",
        "Abstract class has an extension id",
        "'{0}' is abstract, so it cannot be constructed: take [Extension] off it and put it on the classes that derive from it");

    public static readonly DiagnosticDescriptor NotAnExtension = Rule(
        "SP0009",
        "Class with an extension id is no extension",
        "'{0}' has [Extension] but does not derive from Systemprompt.Extensions.Extension");

    public static readonly DiagnosticDescriptor Unmarked = Rule(
        "SP0010",
        "Referenced extension was built without discovery",
        "'{0}' in {1} is an extension, but {1} was built without the Systemprompt generator, so it would not be in the binary: "
            + "reference the package Systemprompt.Core in {1}, its analyzers not excluded");

    private static DiagnosticDescriptor Rule(string id, string title, string message) => new(
        id,
        title,
        message,
        "Systemprompt.Extensions",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: $"{HelpPage}#{id.ToLowerInvariant()}",
        customTags: [WellKnownDiagnosticTags.NotConfigurable]);
}
