using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Systemprompt.Generators;

/// <summary>Full type names as C# writes them, keywords escaped, without <c>global::</c>.</summary>
internal static class CSharpName
{
    private static readonly SymbolDisplayFormat Format =
        SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted);

    public static string Of(INamedTypeSymbol type) => type.ToDisplayString(Format);

    /// <summary>From the name in an attribute's blob: of a type in the same assembly, so no assembly follows after a comma.</summary>
    public static string Of(string metadataName) => string.Join(".", metadataName.Split('.').Select(Escape));

    public static string Join(string ns, string name) => Of(ns.Length == 0 ? name : $"{ns}.{name}");

    private static string Escape(string part) => SyntaxFacts.GetKeywordKind(part) == SyntaxKind.None ? part : $"@{part}";
}
