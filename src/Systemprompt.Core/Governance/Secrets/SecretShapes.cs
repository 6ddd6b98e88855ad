using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials that a prefix and a tail do not describe.</summary>
internal static class SecretShapes
{
    private static readonly SearchValues<char> AuthorityEnd = SearchValues.Create("/?# \t\r\n\"'<>`");
    private static readonly SearchValues<char> AssignmentGap = SearchValues.Create(" \t=:\"'");
    private static readonly SearchValues<char> TemplateMarks = SearchValues.Create("${}<>*%[]");

    public static IReadOnlyList<SecretRule> All { get; } =
    [
        Shaped("private_key", "-----BEGIN ", PrivateKey),
        Shaped("json_web_token", "eyJ", JsonWebToken),
        Shaped("slack_webhook", "hooks.slack.com/services/", text => PathSecret(text, "hooks.slack.com/services/", 40)),
        Shaped("discord_webhook", "discord.com/api/webhooks/", text => PathSecret(text, "discord.com/api/webhooks/", 60)),
        Shaped("azure_storage_key", "AccountKey=", text => Assigned(text, "AccountKey=", 86)),
        Shaped("aws_secret_key", "aws_secret_access_key", text => Keyed(text, "aws_secret_access_key", 40)),
        Shaped("aws_secret_key", "AWS_SECRET_ACCESS_KEY", text => Keyed(text, "AWS_SECRET_ACCESS_KEY", 40)),
        .. UrlSchemes.Select(scheme => Shaped("url_with_password", scheme, UrlWithPassword)),
    ];

    private static string[] UrlSchemes =>
        ["postgres://", "postgresql://", "mysql://", "mongodb://", "mongodb+srv://", "redis://", "rediss://", "amqp://", "amqps://", "https://", "http://", "ftp://", "smtp://", "smtps://"];

    private static SecretRule Shaped(string id, string prefix, Func<ReadOnlySpan<char>, int> shape) =>
        new() { Id = id, Prefix = prefix, Length = (0, 0), WordStart = false, Shape = shape };

    /// <summary>A PEM header of a private key with something like a body behind it (RFC 7468).</summary>
    private static int PrivateKey(ReadOnlySpan<char> text)
    {
        var header = text[..Math.Min(text.Length, 80)];
        var end = header.IndexOf("PRIVATE KEY", StringComparison.Ordinal);
        if (end < 0 || header[..end].Contains('\n')) return 0;
        var body = text[end..];
        return body.Length > 64 ? Math.Min(text.Length, end + 64) : 0;
    }

    /// <summary>Three base64url parts, the first two opening like JSON (RFC 7519).</summary>
    private static int JsonWebToken(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExcept(Alphabets.Dotted);
        var token = length < 0 ? text : text[..length];
        var first = token.IndexOf('.');
        if (first < 10 || !token[(first + 1)..].StartsWith("eyJ", StringComparison.Ordinal)) return 0;
        var second = token[(first + 1)..].IndexOf('.');
        if (second < 10) return 0;
        return token.Length - (first + second + 2) >= 16 ? token.Length : 0;
    }

    private static int PathSecret(ReadOnlySpan<char> text, string prefix, int least)
    {
        var path = text[prefix.Length..];
        var length = 0;
        while (length < path.Length && (char.IsAsciiLetterOrDigit(path[length]) || path[length] is '/' or '-' or '_')) length++;
        return length >= least ? prefix.Length + length : 0;
    }

    private static int Assigned(ReadOnlySpan<char> text, string prefix, int least)
    {
        var value = text[prefix.Length..];
        var length = value.IndexOfAnyExcept(Alphabets.Base64);
        if (length < 0) length = value.Length;
        return length >= least && SecretRule.Distinct(value[..length]) >= 16 ? prefix.Length + length : 0;
    }

    /// <summary>A key's name, an assignment, and a value of exactly the known length.</summary>
    private static int Keyed(ReadOnlySpan<char> text, string name, int exactly)
    {
        var rest = text[name.Length..];
        var gap = rest.IndexOfAnyExcept(AssignmentGap);
        if (gap is < 1 or > 8) return 0;
        var value = rest[gap..];
        var length = value.IndexOfAnyExcept(Alphabets.Base64);
        if (length < 0) length = value.Length;
        return length == exactly && SecretRule.Distinct(value[..length]) >= 12 ? name.Length + gap + length : 0;
    }

    /// <summary>scheme://user:password@host, with a password that is no placeholder (RFC 3986 §3.2.1).</summary>
    private static int UrlWithPassword(ReadOnlySpan<char> text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var authority = text[start..];
        var end = authority.IndexOfAny(AuthorityEnd);
        if (end >= 0) authority = authority[..end];
        var at = authority.LastIndexOf('@');
        var colon = authority.IndexOf(':');
        if (colon < 0 || at < colon + 2 || at == authority.Length - 1) return 0;
        var password = authority[(colon + 1)..at];
        return password.Length >= 5 && !Placeholder(password) ? start + at + 1 : 0;
    }

    private static bool Placeholder(ReadOnlySpan<char> password) =>
        password.IndexOfAny(TemplateMarks) >= 0
        || password.StartsWith("your", StringComparison.OrdinalIgnoreCase)
        || password.Equals("password", StringComparison.OrdinalIgnoreCase)
        || password.Equals("passwd", StringComparison.OrdinalIgnoreCase)
        || password.Equals("secret", StringComparison.OrdinalIgnoreCase)
        || SecretRule.Distinct(password) < 3;
}
