using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>A string in C# source; what an interpolation inserts stands as <c>{}</c>.</summary>
internal sealed record StringLiteral(SourceFile File, int Line, string Text)
{
    public override string ToString() => $"{File.Path}:{Line}";

    public static IEnumerable<StringLiteral> In(SourceFile file)
    {
        var tree = CSharpSyntaxTree.ParseText(file.Text);
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            var text = node switch
            {
                LiteralExpressionSyntax literal when literal.Token.Value is string value => value,
                InterpolatedStringExpressionSyntax interpolated => string.Concat(
                    interpolated.Contents.Select(part => part is InterpolatedStringTextSyntax plain ? plain.TextToken.ValueText : "{}")),
                _ => null,
            };
            if (text is not null)
                yield return new StringLiteral(file, tree.GetLineSpan(node.Span).StartLinePosition.Line + 1, text);
        }
    }
}
