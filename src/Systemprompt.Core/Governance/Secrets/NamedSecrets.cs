using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// Secrets that have no form, only a name in front: <c>password = …</c>, <c>api_key: …</c>. Whether what follows is a secret, or code that fetches one, is
/// told by its characters: chance changes between letters, capitals and digits often, and a person's words seldom.
/// </summary>
internal static class NamedSecrets
{
    private const int Longest = 256;
    private const int LongestMachine = 400;

    /// <summary>How many characters stand between the name of a pair and its base64, at most, and the first of that.</summary>
    public const int LongestGap = 5;

    private static readonly SearchValues<char> ValueEnd = SearchValues.Create(" \t\r\n\"'`,;<>)}]&|\\");
    private static readonly SearchValues<char> CodeMarks = SearchValues.Create("${}()<>[]*");
    private static readonly SearchValues<char> Separators = SearchValues.Create(" \t\r\n\"',");

    /// <summary>What stands behind in names whose value is about the secret, and no secret.</summary>
    private static readonly SearchValues<string> About = SearchValues.Create(
        ["hash", "file", "path", "url", "uri", "length", "_min", "-min", "_max", "-max", "policy", "field", "name", "type", "expir", "ttl", "count", "limit", "hint", "digest", "checksum", "_id", "-id", "prompt", "usage"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>What stands in front in names of tokens that are no secret.</summary>
    private static readonly SearchValues<string> Harmless = SearchValues.Create(
        ["public", "csrf", "xsrf", "next", "page", "cursor", "contin", "prompt", "completion", "sync"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> SecretWords = SearchValues.Create(["pass", "pwd", "secret", "token", "key", "config", "process", "environ", "getenv", "null", "undefined"], StringComparison.OrdinalIgnoreCase);

    /// <summary>A key behind a name: mixed characters of some length. A UUID names things too, so it counts only behind a vendor's name.</summary>
    public static SecretShape Key(string name) => (text, at) =>
    {
        if (!Find(text, at, name, out var value, out var length) || length < 16) return default;
        var found = text.Slice(value, length);
        return IsRandom(found, 5) && !IsUuid(found) ? new SecretSpan(value, length, value) : default;
    };

    /// <summary>Behind nothing but "secret" or "token", which stand before much: longer, and no hash.</summary>
    public static SecretShape Lone(string name) => (text, at) =>
    {
        var behind = at + name.Length;
        if (behind < text.Length && (char.IsAsciiLetterOrDigit(text[behind]) || text[behind] is '_' or '-')) return default;
        if (!Find(text, at, name, out var value, out var length) || length < 20) return default;
        var found = text.Slice(value, length);
        return found.ContainsAnyExcept(Alphabets.Hex) && IsRandom(found, 4) && !IsUuid(found) ? new SecretSpan(value, length, value) : default;
    };

    /// <summary>A password behind a name: characters of several kinds, and no code that gets it from somewhere.</summary>
    public static SecretShape Password(string name) => (text, at) =>
    {
        if (!Find(text, at, name, out var value, out var length) || length < 8) return default;
        var found = text.Slice(value, length);
        bool lower = false, upper = false, digit = false, symbol = false;
        foreach (var character in found)
        {
            lower |= char.IsLower(character);
            upper |= char.IsUpper(character);
            digit |= char.IsDigit(character);
            symbol |= !char.IsLetterOrDigit(character) && character is not ('_' or '-' or '.');
        }

        var kinds = (lower ? 1 : 0) + (upper ? 1 : 0) + (digit ? 1 : 0) + (symbol ? 1 : 0);
        if (kinds < 2 || !(lower || upper) || !(digit || symbol)) return default;
        if (!symbol && found.ContainsAny(SecretWords)) return default;
        return kinds >= 3 || (digit && length >= 10 && Turns(found) >= 3) ? new SecretSpan(value, length, value) : default;
    };

    /// <summary>Whether the text ends within the value behind a name.</summary>
    public static SecretHold ValueGoesOn(string name) => (text, at) => ValueOf(text, at, NameStart(text, at), name) is >= 0 and var value && SecretHolds.IsInValue(text, value);

    /// <summary>A token behind "bearer".</summary>
    public static SecretSpan Bearer(ReadOnlySpan<char> text, int at)
    {
        var value = at + 7;
        var length = SecretShapes.Run(SecretShapes.Cut(text[value..], 2048), Alphabets.Encoded).Length;
        return Boundaries.Starts(text, at) && length >= 20 && IsRandom(text.Slice(value, length), 6) ? new SecretSpan(value, length, value) : default;
    }

    /// <summary>Whether the text ends within the word behind "bearer".</summary>
    public static bool BearerGoesOn(ReadOnlySpan<char> text, int at) => SecretHolds.IsRun(text, at + 7, Alphabets.Encoded);

    /// <summary>Base64 of a user and a password, as in a header of basic authentication (RFC 7617).</summary>
    public static SecretShape EncodedPair(int nameLength) => (text, at) =>
    {
        if (!Boundaries.Starts(text, at)) return default;
        var value = Pair(text, at + nameLength);
        var found = SecretShapes.Run(SecretShapes.Cut(text[value..], Longest), Alphabets.Base64);
        if (found.Length < 12 || found.Length % 4 != 0) return default;
        Span<byte> decoded = stackalloc byte[Longest];
        if (!Convert.TryFromBase64Chars(found, decoded, out var count)) return default;
        var colon = decoded[..count].IndexOf((byte)':');
        if (colon < 1 || count - colon < 6 || decoded[..count].ContainsAnyExceptInRange((byte)32, (byte)126)) return default;
        return new SecretSpan(value, found.Length, value);
    };

    /// <summary>Whether the text ends within such base64.</summary>
    public static SecretHold PairGoesOn(int nameLength) => (text, at) => SecretHolds.IsRun(text, Pair(text, at + nameLength), Alphabets.Base64);

    /// <summary><c>machine HOST login USER password SECRET</c>, on one line or several.</summary>
    public static SecretSpan Netrc(ReadOnlySpan<char> text, int at)
    {
        var rest = SecretShapes.Cut(text[at..], LongestMachine);
        if (MachinePassword(rest) is not (>= 0 and var value)) return default;
        var length = rest[value..].IndexOfAny(Separators) is >= 0 and var end ? end : rest.Length - value;
        return length >= 6 && !SecretShapes.IsFillerPassword(rest.Slice(value, length)) ? new SecretSpan(at + value, length, at + value) : default;
    }

    /// <summary>Whether the text ends within a machine's password.</summary>
    public static bool NetrcGoesOn(ReadOnlySpan<char> text, int at)
    {
        var rest = SecretShapes.Cut(text[at..], LongestMachine);
        return MachinePassword(rest) is >= 0 and var value && value < rest.Length && !rest[value..].ContainsAny(Separators);
    }

    /// <summary><c>curl -u USER:PASSWORD</c>.</summary>
    public static SecretSpan CurlUser(ReadOnlySpan<char> text, int at)
    {
        if (CurlPair(text, at) is not (>= 0 and var value)) return default;
        var length = text[value..].IndexOfAny(Separators) is >= 0 and var end ? end : text.Length - value;
        var found = SecretShapes.Cut(text.Slice(value, length), Longest);
        var colon = found.IndexOf(':');
        if (colon < 1 || found.Length - colon < 7 || SecretShapes.IsFillerPassword(found[(colon + 1)..])) return default;
        return new SecretSpan(value, found.Length, value + colon + 1);
    }

    /// <summary>Whether the text ends within what curl is given.</summary>
    public static bool CurlGoesOn(ReadOnlySpan<char> text, int at) => CurlPair(text, at) is >= 0 and var value && value < text.Length && !text[value..].ContainsAny(Separators);

    /// <summary>Where the pair behind a name begins.</summary>
    private static int Pair(ReadOnlySpan<char> text, int from)
    {
        var value = from;
        while (value < text.Length && value < from + LongestGap - 1 && text[value] is ' ' or '"') value++;
        return value;
    }

    /// <summary>Where a machine's password begins, or -1.</summary>
    private static int MachinePassword(ReadOnlySpan<char> machine)
    {
        var login = machine.IndexOf("login ", StringComparison.Ordinal);
        var password = machine.IndexOf("password ", StringComparison.Ordinal);
        return login < 0 || password < login || machine[8..login].Count(' ') > 3 ? -1 : password + 9;
    }

    /// <summary>Where the user and password for curl begin, or -1.</summary>
    private static int CurlPair(ReadOnlySpan<char> text, int at)
    {
        if (!text[Math.Max(0, at - 200)..at].Contains("curl", StringComparison.Ordinal)) return -1;
        var value = at + (text[at + 2] == 'u' ? 4 : 8);
        return value < text.Length && text[value] is '"' or '\'' ? value + 1 : value;
    }

    /// <summary>Where the name begins that the anchor is a part of.</summary>
    private static int NameStart(ReadOnlySpan<char> text, int at)
    {
        var before = at;
        while (before > 0 && at - before < 24 && (char.IsAsciiLetterOrDigit(text[before - 1]) || text[before - 1] is '_' or '-')) before--;
        return before;
    }

    /// <summary>Where the value of a name begins, or -1.</summary>
    private static int ValueOf(ReadOnlySpan<char> text, int at, int before, string name)
    {
        var value = Assignment.Value(text, at + name.Length, words: false);
        // --api-key VALUE
        if (value < 0 && text[before..at].StartsWith("--") && text[(at + name.Length)..] is [' ', not (' ' or '-'), ..]) value = at + name.Length + 1;
        return value;
    }

    /// <summary>The value assigned to a name that begins or ends with the anchor.</summary>
    private static bool Find(ReadOnlySpan<char> text, int at, string name, out int value, out int length)
    {
        length = 0;
        var before = NameStart(text, at);
        value = ValueOf(text, at, before, name);
        if (value < 0) return false;
        var between = text[(at + name.Length)..value];
        var sign = between.IndexOfAny('=', ':', ',');
        if (text[before..at].ContainsAny(Harmless) || (sign > 0 && between[..sign].ContainsAny(About))) return false;
        // Behind a comma or a parenthesis, only what stands in quotes is the name's value, and no next parameter.
        if (between.ContainsAny(',', '(') && text[value - 1] is not ('"' or '\'' or '`')) return false;
        var rest = SecretShapes.Cut(text[value..], Longest + 1);
        length = text[value - 1] is '"' or '\'' or '`' ? rest.IndexOfAny(text[value - 1], '\n', '\\') : rest.IndexOfAny(ValueEnd);
        if (length < 0) length = rest.Length;
        if (length is 0 or > Longest) return false;
        var found = rest[..length];
        // A call, a variable, a member: code that fetches the secret.
        return !found.ContainsAny(CodeMarks) && !found.Contains(' ') && found[0] is not ('@' or '!' or '.' or '/') && found[^1] is not (':' or '?')
            && !(found.Contains('.') && !found.ContainsAnyExcept(Alphabets.Dotted) && char.IsAsciiLetter(found[^1]) && Turns(found) * 4 < found.Length);
    }

    /// <summary>Whether the kinds of characters change at least every so many characters, and digits are among them.</summary>
    private static bool IsRandom(ReadOnlySpan<char> text, int every) =>
        !text.ContainsAnyExcept(Alphabets.Encoded) && Turns(text) * every >= text.Length && text.ContainsAny(Alphabets.Digits);

    /// <summary>How often letters, capitals and digits follow another kind.</summary>
    internal static int Turns(ReadOnlySpan<char> text)
    {
        int turns = 0, last = 0;
        foreach (var character in text)
        {
            var kind = char.IsAsciiLetterLower(character) ? 1 : char.IsAsciiLetterUpper(character) ? 2 : char.IsAsciiDigit(character) ? 3 : 0;
            if (kind == 0) continue;
            if (last != 0 && kind != last) turns++;
            last = kind;
        }

        return turns;
    }

    private static bool IsUuid(ReadOnlySpan<char> text) => text.Length == 36 && Guid.TryParseExact(text, "D", out _);
}
