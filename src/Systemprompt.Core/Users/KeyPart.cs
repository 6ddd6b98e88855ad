using System.Buffers;

namespace Systemprompt.Users;

/// <summary>What somebody has of an access key: the beginning of its name, the name, the name and some of the secret, or all of it. Nothing that is secret leaves it.</summary>
internal sealed class KeyPart
{
    private static readonly SearchValues<char> NameLetters = SearchValues.Create(AccessKey.Letters);
    private static readonly SearchValues<char> SecretLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private KeyPart(string start, bool hasSecret, byte[]? hash) => (Start, HasSecret, Hash) = (start, hasSecret, hash);

    /// <summary>How the key's name begins, or all of it.</summary>
    public string Start { get; }

    /// <summary>What is over every name that begins so, byte by byte.</summary>
    public string Below => Start[..^1] + (char)(Start[^1] + 1);

    /// <summary>Some of the secret was there.</summary>
    public bool HasSecret { get; }

    /// <summary>The hash of the key when all of it was there, else null.</summary>
    public byte[]? Hash { get; }

    /// <summary>A key's name, from it alone or as commands show the key; null when the text is anything else, a whole key too.</summary>
    public static string? NameOf(string text)
    {
        var name = text.EndsWith(AccessKey.Hidden, StringComparison.Ordinal) ? text[..^AccessKey.Hidden.Length] : text;
        return name.Length == AccessKey.PrefixLength && name.StartsWith(AccessKey.Start, StringComparison.Ordinal) && Length(name.AsSpan(AccessKey.Start.Length), NameLetters) == AccessKey.NameLength ? name : null;
    }

    /// <summary>Reads what was found, with whatever stands around it, such as a header or a line of a log; null when there is nothing of a key in it.</summary>
    public static KeyPart? Read(string text)
    {
        var at = text.IndexOf(AccessKey.Start, StringComparison.Ordinal);
        if (at < 0) return OfName(text.Trim());
        var found = text.AsSpan(at);
        var name = Length(found[AccessKey.Start.Length..], NameLetters);
        if (name == 0) return null;
        name = AccessKey.Start.Length + Math.Min(name, AccessKey.NameLength);
        var start = found[..name].ToString();
        if (name < AccessKey.PrefixLength || found.Length <= name + 1 || found[name] != '_') return new KeyPart(start, false, null);
        var secret = Length(found[(name + 1)..], SecretLetters);
        return new KeyPart(start, secret > 0, secret == AccessKey.SecretLength ? Code.Hash(found[..AccessKey.Length].ToString()) : null);
    }

    private static KeyPart? OfName(string text) =>
        text.Length is > 0 and <= AccessKey.NameLength && Length(text, NameLetters) == text.Length ? new KeyPart(AccessKey.Start + text, false, null) : null;

    private static int Length(ReadOnlySpan<char> text, SearchValues<char> letters) => text.IndexOfAnyExcept(letters) is >= 0 and var end ? end : text.Length;
}
