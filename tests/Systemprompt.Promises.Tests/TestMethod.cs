using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Systemprompt.Promises.Tests;

/// <summary>A test as its source declares it.</summary>
/// <param name="Name">Namespace, class and method.</param>
/// <param name="Hindrance">Why it shows nothing: skipped, or in a project that is not run; null when it counts.</param>
internal sealed record TestMethod(string Name, string? Hindrance)
{
    /// <summary>Every test below a folder.</summary>
    /// <param name="isRun">Whether the full run covers the project of that file.</param>
    public static IEnumerable<TestMethod> Below(string folder, Func<string, bool> isRun) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(file => In(File.ReadAllText(file), isRun(file)));

    public static IEnumerable<TestMethod> In(string source, bool isRun) =>
        from method in CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
        let marker = method.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(IsTest)
        where marker is not null
        select new TestMethod(NameOf(method), Skipped(marker) ? "is skipped" : isRun ? null : "stands in a project that test.sh does not run");

    private static bool IsTest(AttributeSyntax attribute) =>
        attribute.Name.ToString() is var name
        && (name.EndsWith("Fact", StringComparison.Ordinal) || name.EndsWith("Theory", StringComparison.Ordinal));

    private static bool Skipped(AttributeSyntax attribute) =>
        attribute.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text == "Skip") == true;

    private static string NameOf(MethodDeclarationSyntax method) => string.Join('.', method.Ancestors().Select(Part).Where(part => part.Length > 0)
        .Reverse().Append(method.Identifier.Text));

    private static string Part(Microsoft.CodeAnalysis.SyntaxNode node) => node switch
    {
        TypeDeclarationSyntax type => type.Identifier.Text,
        BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
        _ => "",
    };
}
