using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// One kind of credential, by the form its vendor publishes: a prefix, then a tail of known alphabet and length. A rule that needs more
/// than that gives a <see cref="Shape"/>.
/// </summary>
internal sealed class SecretRule
{
    /// <summary>Stable id, shown in refusals.</summary>
    public required string Id { get; init; }

    /// <summary>What every match begins with, or holds where the shape is anchored at it. Ordinal.</summary>
    public required string Prefix { get; init; }

    /// <summary>The tail's alphabet.</summary>
    public SearchValues<char> Alphabet { get; init; } = Alphabets.Word;

    /// <summary>The tail's length, in characters.</summary>
    public required (int Min, int Max) Length { get; init; }

    /// <summary>How many different characters a tail must have: placeholders such as a row of x have few.</summary>
    public int MinDistinct { get; init; } = 6;

    /// <summary>Whether the character before the prefix must be no letter, digit or underscore.</summary>
    public bool WordStart { get; init; } = true;

    /// <summary>Given the text from the prefix on, the length of the match or 0. Null: the tail rule alone decides.</summary>
    public Func<ReadOnlySpan<char>, int>? Shape { get; init; }

    /// <summary>The length of the match at <paramref name="at"/>, where the prefix stands; 0 for none.</summary>
    public int Match(ReadOnlySpan<char> text, int at)
    {
        if (WordStart && at > 0 && (char.IsAsciiLetterOrDigit(text[at - 1]) || text[at - 1] == '_')) return 0;
        var rest = text[at..];
        if (Shape is not null) return Shape(rest);
        var tail = rest[Prefix.Length..];
        var length = tail.IndexOfAnyExcept(Alphabet);
        if (length < 0) length = tail.Length;
        if (length < Length.Min || length > Length.Max) return 0;
        return Distinct(tail[..length]) >= MinDistinct ? Prefix.Length + length : 0;
    }

    internal static int Distinct(ReadOnlySpan<char> text)
    {
        UInt128 seen = 0;
        foreach (var character in text)
            if (character < 128) seen |= UInt128.One << character;
        return (int)UInt128.PopCount(seen);
    }
}
