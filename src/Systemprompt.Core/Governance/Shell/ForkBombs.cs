namespace Systemprompt.Governance.Shell;

/// <summary>Finds a function that does nothing but start itself twice: <c>:(){ :|:&amp; };:</c>.</summary>
internal static class ForkBombs
{
    private const string Body = "(){";

    public static bool In(string text)
    {
        if (!text.Contains('(', StringComparison.Ordinal) || !text.Contains('|', StringComparison.Ordinal)) return false;
        var bare = Bare(text);
        for (var at = bare.IndexOf(Body, StringComparison.Ordinal); at >= 0; at = bare.IndexOf(Body, at + 1, StringComparison.Ordinal))
        {
            var start = at;
            while (start > 0 && at - start < 40 && bare[start - 1] is not (';' or '&' or '|' or '(' or ')' or '{' or '}' or '\n')) start--;
            var name = bare[start..at];
            if (name.StartsWith("function", StringComparison.Ordinal)) name = name["function".Length..];
            if (name.Length > 0 && bare.AsSpan(at + Body.Length).StartsWith($"{name}|{name}", StringComparison.Ordinal)) return true;
        }

        return false;
    }

    /// <summary>The text without blanks and without what stands in quotes.</summary>
    private static string Bare(string text)
    {
        var bare = new System.Text.StringBuilder(text.Length);
        var quote = '\0';
        foreach (var character in text)
        {
            if (quote != '\0')
            {
                if (character == quote) quote = '\0';
            }
            else if (character is '"' or '\'') quote = character;
            else if (character is not (' ' or '\t' or '\r')) bare.Append(character);
        }

        return bare.ToString();
    }
}
