using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>Tells what only looks like a credential: fillers, documentation's examples, template marks, rows of one character.</summary>
internal static class Placeholders
{
    // Longer than four letters, so that chance does not write them into a true key.
    private static readonly SearchValues<string> Words = SearchValues.Create(
        ["example", "placeholder", "changeme", "change-me", "change_me", "redacted", "dummy", "replace", "insert", "your_", "your-", "yourapi", "yourkey", "yoursecret", "yourtoken",
         "yourpass", "xxxxx", "*****", ".....", "-----", "_____", "${", "{{", "<%", "%(", "secret_here", "key_here", "token_here", "-here", "_here", "not-a-real", "notareal", "fake_", "fake-"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the value is a filler. <paramref name="entropy"/> is the least Shannon entropy in bits a character that a true one has.</summary>
    public static bool Is(ReadOnlySpan<char> value, double entropy, int distinct) =>
        Distinct(value) < distinct || (entropy > 0 && (Entropy(value) < entropy || IsWords(value))) || LongestStep(value) >= 10 || value.ContainsAny(Words);

    /// <summary>Chance changes between letters, capitals and digits at every second or third character; a person's words do not.</summary>
    private static bool IsWords(ReadOnlySpan<char> value) => value.Length is >= 20 and <= 400 && NamedSecrets.Turns(value) * 10 < value.Length;

    /// <summary>How many different ASCII characters the text has.</summary>
    public static int Distinct(ReadOnlySpan<char> text)
    {
        UInt128 seen = 0;
        foreach (var character in text)
            if (character < 128) seen |= UInt128.One << character;
        return (int)UInt128.PopCount(seen);
    }

    /// <summary>Shannon's entropy of the characters, in bits a character.</summary>
    public static double Entropy(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        Span<ushort> counts = stackalloc ushort[128];
        counts.Clear();
        // Longer texts than a credential's are judged by their beginning.
        if (text.Length > 1024) text = text[..1024];
        foreach (var character in text) counts[character & 127]++;
        var entropy = 0.0;
        foreach (var count in counts)
            if (count > 0) entropy -= count / (double)text.Length * Math.Log2(count / (double)text.Length);
        return entropy;
    }

    /// <summary>The longest row of one character (xxxx), or of characters one after the other (1234, abcd).</summary>
    private static int LongestStep(ReadOnlySpan<char> text)
    {
        int longest = 1, same = 1, rising = 1;
        for (var index = 1; index < text.Length; index++)
        {
            same = text[index] == text[index - 1] ? same + 1 : 1;
            rising = text[index] == text[index - 1] + 1 || (text[index - 1], text[index]) is ('9', '0') or ('9', 'a') or ('9', 'A') ? rising + 1 : 1;
            longest = Math.Max(longest, Math.Max(same, rising));
        }

        return longest;
    }
}
