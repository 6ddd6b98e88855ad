namespace Systemprompt.Governance.Policies;

/// <summary>Names with <c>*</c> for anything, case-insensitive: <c>mcp__*__delete</c>.</summary>
internal static class Glob
{
    public static bool Matches(string pattern, ReadOnlySpan<char> text) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: true);

    public static bool MatchesAny(IReadOnlyList<string> patterns, ReadOnlySpan<char> text)
    {
        for (var index = 0; index < patterns.Count; index++)
            if (Matches(patterns[index], text)) return true;
        return false;
    }
}
