using System.Buffers;
using System.Globalization;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// The form of a credential as a vendor documents it, written as parts with spaces between: a letter of <see cref="Alphabets.ByLetter"/> with a length
/// (<c>h32</c>) or a range of lengths (<c>w20-160</c>), <c>uuid</c>, or else literal text. <c>pat a14 . h64</c> is the text pat, 14 letters or digits, a dot
/// and 64 hexadecimal digits.
/// </summary>
internal sealed class SecretForm
{
    private readonly Part[] _parts;
    private readonly int _anchor;

    public SecretForm(string form)
    {
        _parts = [.. form.Replace("uuid", "h8 - h4 - h4 - h4 - h12", StringComparison.Ordinal).Split(' ').Select(Read)];
        _anchor = Array.FindIndex(_parts, part => part.Literal is { Length: >= 2 });
        if (_anchor > 1) throw new ArgumentException($"the form '{form}' has more than one part before its first text", nameof(form));
    }

    /// <summary>One part: literal text, or a run of an alphabet.</summary>
    internal readonly record struct Part(string? Literal, SearchValues<char> Alphabet, int Min, int Max);

    /// <summary>The parts in order.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>The literal text that a search for the form looks for; empty when there is none.</summary>
    public string Anchor => _anchor < 0 ? "" : _parts[_anchor].Literal!;

    /// <summary>How many characters from the anchor on the form can take, with some to tell that it ends.</summary>
    public int Reach => _parts.Sum(part => part.Max) + 8;

    /// <summary>The credential whose anchor stands at <paramref name="at"/>, or nothing.</summary>
    public SecretSpan Around(ReadOnlySpan<char> text, int at)
    {
        var start = at;
        if (_anchor == 1)
        {
            var before = _parts[0];
            var run = at - 1 - text[Math.Max(0, at - before.Max - 1)..at].LastIndexOfAnyExcept(before.Alphabet) - Math.Max(0, at - before.Max - 1);
            // \n in a text in a text: its letter is no part of the run.
            if (run > 0 && at - run >= 1 && text[at - run - 1] == '\\' && text[at - run] is 'n' or 'r' or 't') run--;
            if (run < before.Min || run > before.Max) return default;
            start = at - run;
        }

        var value = at + Anchor.Length;
        var end = End(text, value, _anchor + 1);
        if (end < 0 || !Boundaries.Starts(text, start) || !Boundaries.Ends(text, end)) return default;
        return new SecretSpan(start, end - start, start < at ? start : value);
    }

    /// <summary>The credential that begins at <paramref name="at"/>, for a form without an anchor, or nothing.</summary>
    public SecretSpan Here(ReadOnlySpan<char> text, int at)
    {
        var end = End(text, at, 0);
        return end < 0 || !Boundaries.Ends(text, end) ? default : new SecretSpan(at, end - at, at);
    }

    /// <summary>Where the parts from <paramref name="index"/> on end, or -1.</summary>
    private int End(ReadOnlySpan<char> text, int at, int index)
    {
        if (index == _parts.Length) return at;
        var part = _parts[index];
        var rest = text[at..];
        if (part.Literal is { } literal) return rest.StartsWith(literal, StringComparison.Ordinal) ? End(text, at + literal.Length, index + 1) : -1;
        var last = index == _parts.Length - 1;
        var seen = rest[..Math.Min(rest.Length, part.Max + 8)];
        var run = seen.IndexOfAnyExcept(part.Alphabet);
        if (run < 0) run = seen.Length;
        if (last)
        {
            // A sentence's full stop, or padding, is no part of the credential.
            while (run > part.Max && run < part.Max + 8 && !char.IsAsciiLetterOrDigit(rest[run - 1])) run--;
            return run < part.Min || run > part.Max ? -1 : at + run;
        }

        for (var length = Math.Min(run, part.Max); length >= part.Min; length--)
            if (End(text, at + length, index + 1) is >= 0 and var end) return end;
        return -1;
    }

    private static Part Read(string part)
    {
        if (part.Length < 2 || Alphabets.ByLetter(part[0]) is not { } alphabet) return Literal(part);
        var lengths = part[1..].Split('-');
        if (lengths.Length > 2 || !Number(lengths[0], out var min) || !Number(lengths[^1], out var max)) return Literal(part);
        return new Part(null, alphabet, min, max);
    }

    private static Part Literal(string text) => new(text, Alphabets.Word, text.Length, text.Length);

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>A credential in a text. <paramref name="Value"/> is where the part begins that nobody can guess. A length of 0 is no credential.</summary>
internal readonly record struct SecretSpan(int Start, int Length, int Value)
{
    public int End => Start + Length;
}
