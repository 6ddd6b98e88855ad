namespace Systemprompt.Content;

/// <summary>
/// Refuses Markdown that is written to be expensive. The parser has a limit of depth; what is left are many openers (<c>[</c>, <c>*</c>) in one
/// paragraph, whose cost grows with their square. With these caps a file's cost grows with its size.
/// </summary>
internal static class MarkdownLimits
{
    public const int OpenersInBlock = 4000;
    public const int OpenersInFile = 40_000;
    public const int LinesLength = 100_000;

    /// <summary>The line and what is wrong there; null for text that a person might write.</summary>
    public static (int Line, string Fault)? Find(string markdown)
    {
        int line = 0, inBlock = 0, inFile = 0;
        foreach (var text in markdown.AsSpan().EnumerateLines())
        {
            line++;
            if (text.Length > LinesLength) return (line, $"a line of {text.Length} characters; at most {LinesLength} are read");
            if (text.IsWhiteSpace()) inBlock = 0;
            var openers = 0;
            foreach (var letter in text)
                if (letter is '[' or '*' or '_' or '~') openers++;
            (inBlock, inFile) = (inBlock + openers, inFile + openers);
            if (inBlock > OpenersInBlock) return (line, $"more than {OpenersInBlock} of [ * _ ~ in one paragraph");
            if (inFile > OpenersInFile) return (line, $"more than {OpenersInFile} of [ * _ ~ in one file");
        }

        return null;
    }
}
