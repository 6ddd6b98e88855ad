using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials that a form does not describe. None looks further than a few thousand characters, so that a text cannot make the scan slow.</summary>
internal static class SecretShapes
{
    /// <summary>The longest credential that is looked at.</summary>
    public const int LongestToken = 8192;

    private static readonly SearchValues<char> AuthorityEnd = SearchValues.Create("/?# \t\r\n\"'<>`\\");
    private static readonly SearchValues<char> PathLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-_@.");
    private static readonly SearchValues<char> TemplateMarks = SearchValues.Create("${}<>*%[]()");
    private static readonly SearchValues<string> SasParameters = SearchValues.Create(["sv=", "se=", "sp=", "sr=", "st="], StringComparison.Ordinal);

    /// <summary>A PEM header of a private key with a body behind it (RFC 7468); the lines may be escaped, as in JSON in JSON.</summary>
    public static SecretSpan PrivateKey(ReadOnlySpan<char> text, int at)
    {
        var header = Cut(text[at..], 80);
        var kind = header.IndexOf("PRIVATE KEY", StringComparison.Ordinal);
        if (kind < 0 || header[..kind].ContainsAny('\n', '\\')) return default;
        var body = header[kind..].IndexOf("-----", StringComparison.Ordinal);
        if (body < 0) return default;
        body += kind + 5;
        var rest = Cut(text[(at + body)..], LongestToken);
        var end = rest.IndexOf("-----", StringComparison.Ordinal);
        if (end < 0) end = Math.Min(rest.Length, 1024);
        return end >= 64 && LongestRun(Cut(rest, end), Alphabets.Base64) >= 20 ? new SecretSpan(at, body + end, at + body) : default;
    }

    /// <summary>A key file of PuTTY, whose private lines are base64.</summary>
    public static SecretSpan PuttyKey(ReadOnlySpan<char> text, int at)
    {
        const string Lines = "Private-Lines:";
        var rest = Cut(text[at..], LongestToken);
        var lines = rest.IndexOf(Lines, StringComparison.Ordinal);
        if (lines < 0) return default;
        var value = lines + Lines.Length;
        var end = Math.Min(rest.Length, value + 256);
        return LongestRun(rest[value..end], Alphabets.Base64) >= 40 ? new SecretSpan(at, end, at + value) : default;
    }

    /// <summary>Three base64url parts, the first two opening like JSON (RFC 7519).</summary>
    public static SecretSpan JsonWebToken(ReadOnlySpan<char> text, int at)
    {
        if (!Boundaries.Starts(text, at)) return default;
        var token = Run(Cut(text[at..], LongestToken), Alphabets.Dotted);
        var first = token.IndexOf('.');
        if (first < 10 || !token[(first + 1)..].StartsWith("eyJ", StringComparison.Ordinal)) return default;
        var second = token[(first + 1)..].IndexOf('.');
        if (second < 10) return default;
        var signature = first + second + 2;
        return token.Length - signature >= 16 ? new SecretSpan(at, token.Length, at + signature) : default;
    }

    /// <summary>The private part of a JSON Web Key (RFC 7517), which has its kind beside it.</summary>
    public static SecretSpan JsonWebKey(ReadOnlySpan<char> text, int at)
    {
        var around = text[Math.Max(0, at - 600)..Math.Min(text.Length, at + 1600)];
        if (!around.Contains("\"kty\"", StringComparison.Ordinal) || Assignment.Value(text, at + 3) is not (>= 0 and var value)) return default;
        var run = Run(Cut(text[value..], 1024), Alphabets.Word).Length;
        return run >= 42 ? new SecretSpan(value, run, value) : default;
    }

    /// <summary>An address whose path is the credential.</summary>
    public static SecretShape Path(string prefix, int least) => (text, at) =>
    {
        var value = at + prefix.Length;
        var run = Run(Cut(text[value..], 400), PathLetters).Length;
        return run >= least ? new SecretSpan(at, prefix.Length + run, value) : default;
    };

    /// <summary>A text that ends in an equals sign or a colon, then base64 of at least that length.</summary>
    public static SecretShape Assigned(string prefix, int least) => (text, at) =>
    {
        var value = at + prefix.Length;
        var run = Run(Cut(text[value..], LongestToken), Alphabets.Base64).Length;
        return run >= least ? new SecretSpan(value, run, value) : default;
    };

    /// <summary>A name, an assignment, and base64 of at least that length.</summary>
    public static SecretShape Named(string name, int least) => (text, at) =>
    {
        if (Assignment.Value(text, at + name.Length) is not (>= 0 and var value)) return default;
        var run = Run(Cut(text[value..], LongestToken), Alphabets.Base64).Length;
        return run >= least ? new SecretSpan(value, run, value) : default;
    };

    /// <summary>The signature of an address that opens a storage account, beside its other parameters.</summary>
    public static SecretSpan SharedAccessSignature(ReadOnlySpan<char> text, int at)
    {
        if (at == 0 || text[at - 1] is not ('?' or '&' or ';')) return default;
        var value = at + 4;
        var run = Run(Cut(text[value..], 80), Alphabets.Encoded).Length;
        return run is >= 43 and <= 64 && text[Math.Max(0, at - 300)..Math.Min(text.Length, value + 300)].ContainsAny(SasParameters) ? new SecretSpan(value, run, value) : default;
    }

    /// <summary>scheme://user:password@host, with a password that is no placeholder (RFC 3986 §3.2.1).</summary>
    public static SecretSpan UrlWithPassword(ReadOnlySpan<char> text, int at)
    {
        var start = at + text[at..].IndexOf("://", StringComparison.Ordinal) + 3;
        var authority = Cut(text[start..], 320);
        var end = authority.IndexOfAny(AuthorityEnd);
        if (end >= 0) authority = authority[..end];
        var host = authority.LastIndexOf('@');
        var colon = authority.IndexOf(':');
        if (colon < 0 || host < colon + 2 || host == authority.Length - 1) return default;
        var password = authority[(colon + 1)..host];
        return password.Length >= 5 && !IsFillerPassword(password) ? new SecretSpan(at, start + host - at, start + colon + 1) : default;
    }

    /// <summary>Whether a password is a template's mark or one of the words that documents write in its place.</summary>
    public static bool IsFillerPassword(ReadOnlySpan<char> password) =>
        // Percent signs are an address's own escapes, as long as two digits follow.
        (password.IndexOfAny(TemplateMarks) is >= 0 and var mark && !(password[mark] == '%' && mark + 2 < password.Length && char.IsAsciiHexDigit(password[mark + 1])))
        || password.StartsWith("your", StringComparison.OrdinalIgnoreCase)
        || password.Equals("password", StringComparison.OrdinalIgnoreCase)
        || password.Equals("passwd", StringComparison.OrdinalIgnoreCase)
        || password.Equals("secret", StringComparison.OrdinalIgnoreCase)
        || Placeholders.Distinct(password) < 3;

    internal static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text, int most) => text.Length <= most ? text : text[..most];

    internal static ReadOnlySpan<char> Run(ReadOnlySpan<char> text, SearchValues<char> alphabet) => text.IndexOfAnyExcept(alphabet) is >= 0 and var end ? text[..end] : text;

    private static int LongestRun(ReadOnlySpan<char> text, SearchValues<char> alphabet)
    {
        var longest = 0;
        while (!text.IsEmpty)
        {
            var run = Run(text, alphabet).Length;
            longest = Math.Max(longest, run);
            text = text[Math.Min(text.Length, run + 1)..];
        }

        return longest;
    }
}
