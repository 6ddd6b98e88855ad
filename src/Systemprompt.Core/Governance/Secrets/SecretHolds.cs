using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// Whether a text ends within what may become a credential of a rule, given where the rule's anchor stands in it and that the rule finds none yet. Of a
/// streamed text nothing leaves as long as it does.
/// </summary>
internal delegate bool SecretHold(ReadOnlySpan<char> text, int at);

/// <summary>How long rules hold a streamed text back: from the first character that nobody may see to the next one that cannot belong to it.</summary>
internal static class SecretHolds
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n\"'`<>(){}[],;");

    // A value ends at its quote, and is code that fetches one where code's marks stand in it; one without quotes ends earlier.
    private static readonly SearchValues<char> QuotedEnd = SearchValues.Create(" \t\r\n\\${}()<>[]*");
    private static readonly SearchValues<char> BareEnd = SearchValues.Create(" \t\r\n\\${}()<>[]*\"'`,;&|");

    /// <summary>A credential with a text of its own is one word.</summary>
    public static bool Word(ReadOnlySpan<char> text, int at) => !text[at..].ContainsAny(Blanks);

    /// <summary>What is assigned to a name; the name itself says nothing that is secret.</summary>
    public static SecretHold Assigned(string name) => (text, at) => Assignment.Value(text, at + name.Length) is >= 0 and var value && IsInValue(text, value);

    /// <summary>Whether the value that begins there has not ended.</summary>
    public static bool IsInValue(ReadOnlySpan<char> text, int value)
    {
        var rest = text[value..];
        var quote = text[value - 1];
        return quote is '"' or '\'' or '`' ? !rest.ContainsAny(QuotedEnd) && !rest.Contains(quote) : !rest.ContainsAny(BareEnd);
    }

    /// <summary>Whether there is something behind that place, and nothing but letters of the alphabet.</summary>
    public static bool IsRun(ReadOnlySpan<char> text, int from, SearchValues<char> alphabet) => from < text.Length && !text[from..].ContainsAnyExcept(alphabet);
}
