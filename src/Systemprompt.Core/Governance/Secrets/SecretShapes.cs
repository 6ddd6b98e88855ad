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
        var start = Authority(text, at);
        var authority = Cut(text[start..], 320);
        var end = authority.IndexOfAny(AuthorityEnd);
        if (end >= 0) authority = authority[..end];
        var host = authority.LastIndexOf('@');
        var colon = authority.IndexOf(':');
        if (colon < 0 || host < colon + 2 || host == authority.Length - 1) return default;
        var password = authority[(colon + 1)..host];
        return password.Length >= 5 && !IsFillerPassword(password) ? new SecretSpan(at, start + host - at, start + colon + 1) : default;
    }

    /// <summary>Whether the text ends before the place where such an address names its host for good.</summary>
    public static bool AuthorityGoesOn(ReadOnlySpan<char> text, int at) => !text[Authority(text, at)..].ContainsAny(AuthorityEnd);

    /// <summary>Whether a password is a template's mark or one of the words that documents write in its place.</summary>
    public static bool IsFillerPassword(ReadOnlySpan<char> password) =>
        // Percent signs are an address's own escapes, as long as two digits follow.
        (password.IndexOfAny(TemplateMarks) is >= 0 and var mark && !(password[mark] == '%' && mark + 2 < password.Length && char.IsAsciiHexDigit(password[mark + 1])))
        || password.StartsWith("your", StringComparison.OrdinalIgnoreCase)
        || password.Equals("password", StringComparison.OrdinalIgnoreCase)
        || password.Equals("passwd", StringComparison.OrdinalIgnoreCase)
        || password.Equals("secret", StringComparison.OrdinalIgnoreCase)
        || Placeholders.Distinct(password) < 3;

    private static int Authority(ReadOnlySpan<char> text, int at) => at + text[at..].IndexOf("://", StringComparison.Ordinal) + 3;

    internal static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text, int most) => text.Length <= most ? text : text[..most];

    internal static ReadOnlySpan<char> Run(ReadOnlySpan<char> text, SearchValues<char> alphabet) => text.IndexOfAnyExcept(alphabet) is >= 0 and var end ? text[..end] : text;
}
