using System.Buffers;
using System.Globalization;
using System.Text;

namespace Systemprompt.Files;

/// <summary>
/// Makes a name that is safe to show, to send in a header and to save under, of whatever a client says a file is called. Nothing is ever stored
/// under it: a storage knows ids alone.
/// </summary>
internal static class FileName
{
    /// <summary>The longest name, in bytes of UTF-8: what file systems take.</summary>
    public const int MostBytes = 255;

    /// <summary>The name of what has none left.</summary>
    public const string Unnamed = "unnamed";

    private const int LongestExtension = 20;
    private static readonly SearchValues<char> Separators = SearchValues.Create("/\\");

    // What Windows opens instead of a file, whatever ending follows.
    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
        "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$", "conout$",
    };

    /// <summary>Cleans a name. Folders go, letters that steer a terminal or turn the direction of writing go, and never nothing is left.</summary>
    public static string Clean(string? given)
    {
        var text = given.AsSpan();
        // A folder at the end is no name: what stands before it may be.
        text = text.TrimEnd("/\\");
        text = text[(text.LastIndexOfAny(Separators) + 1)..];
        var name = Ends(Letters(text));
        if (Devices.Contains(Stem(name))) name = "_" + name;
        name = Ends(Cut(name));
        return name.Length == 0 ? Unnamed : name;
    }

    private static string Letters(ReadOnlySpan<char> text)
    {
        var kept = new StringBuilder(Math.Min(text.Length, 1024));
        foreach (var letter in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(letter) is UnicodeCategory.SpaceSeparator) kept.Append(' ');
            else if (IsShown(letter)) kept.Append(letter.ToString());
            // No more can be part of the name in the end, and one that is megabytes long shall not cost as much.
            if (kept.Length > 64 * 1024) break;
        }

        return kept.ToString();
    }

    // Joiners make letters of Persian and Indic writing and most emoji; everything else that has no shape of its own can deceive.
    private static bool IsShown(Rune letter) => letter.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(letter) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);

    // Windows drops dots and spaces at the end when it saves.
    private static string Ends(string name) => name.TrimStart(' ').TrimEnd(' ', '.');

    private static string Stem(string name) => name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? name[..dot].TrimEnd(' ') : name;

    /// <summary>Cuts in front of the ending, so that a program still knows what it is.</summary>
    private static string Cut(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MostBytes) return name;
        var dot = name.LastIndexOf('.');
        var ending = dot > 0 && name.Length - dot <= LongestExtension && name.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', 'z') < 0 ? name[dot..] : "";
        var (room, length) = (MostBytes - ending.Length, 0);
        foreach (var letter in name.AsSpan(0, name.Length - ending.Length).EnumerateRunes())
        {
            if ((room -= letter.Utf8SequenceLength) < 0) break;
            length += letter.Utf16SequenceLength;
        }

        return name[..length] + ending;
    }
}
