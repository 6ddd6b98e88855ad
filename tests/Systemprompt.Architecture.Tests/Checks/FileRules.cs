namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>What holds for every file whatever is in it.</summary>
internal static class FileRules
{
    public const int MostLines = 300;

    private static readonly string[] Unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:", "NotImplemented" + "Exception", "NotSupported" + "Exception(\"not yet"];

    private static readonly string[] WallClock = ["DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Thread.Sleep", "#region"];

    public static string? TooLong(SourceFile file) =>
        file.Text.AsSpan().Count('\n') is var lines and > MostLines ? $"{file.Path} has {lines} lines, {MostLines} are the most" : null;

    public static IEnumerable<string> UnfinishedIn(SourceFile file) => Mentions(file, Unfinished);

    /// <summary>For what is not compiled here, such as the templates.</summary>
    public static IEnumerable<string> WallClockIn(SourceFile file) => Mentions(file, WallClock);

    private static IEnumerable<string> Mentions(SourceFile file, IEnumerable<string> words) =>
        from line in file.Text.Split('\n').Index()
        from word in words
        where line.Item.Contains(word, StringComparison.Ordinal)
        select $"{file.Path}:{line.Index + 1}: {word}";
}
