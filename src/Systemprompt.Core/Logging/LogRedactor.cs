using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Systemprompt.Logging;

/// <summary>Takes secrets out of log lines: fields by their names, and texts that have the form of a credential wherever they stand.</summary>
internal static partial class LogRedactor
{
    public const string Hidden = "[redacted]";

    private static readonly string[] SecretWords =
        ["password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "credential", "apikey", "privatekey", "accesskey", "bearer", "connectionstring"];

    private static readonly SearchValues<string> Beginnings = SearchValues.Create(["eyJ", "sk-", "sp_", "ghp_", "gho_", "github_pat_", "AKIA", "xox", "whsec_", "Bearer ", "bearer ", "://"], StringComparison.Ordinal);
    private static readonly ConcurrentDictionary<string, bool> Names = new(StringComparer.Ordinal);

    /// <summary>Whether a field's name says that its value is secret. Counts of tokens are none.</summary>
    public static bool IsSecret(string name)
    {
        if (Names.TryGetValue(name, out var known)) return known;
        var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        var secret = !plain.EndsWith("tokens", StringComparison.Ordinal) && !plain.EndsWith("id", StringComparison.Ordinal) && SecretWords.Any(word => plain.Contains(word, StringComparison.Ordinal));
        // Names come from message templates, so they are few; one that does not is not worth remembering.
        if (Names.Count < 4096) Names.TryAdd(name, secret);
        return secret;
    }

    /// <summary>The text without what has the form of a credential.</summary>
    public static string Text(string text) => text.AsSpan().ContainsAny(Beginnings) ? Credential().Replace(text, Hidden) : text;

    /// <summary>A line's message, with the fields that its template names hidden where they are secret.</summary>
    public static string Message<TState>(TState state, Exception? exception, Func<TState, Exception?, string> format)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> fields && HasSecret(fields) && fields[^1] is { Key: "{OriginalFormat}", Value: string template }) return Text(Fill(template, fields));
        return Text(format(state, exception));
    }

    /// <summary>A field's value as text.</summary>
    public static string? Value(string name, object? value) => value is null ? null : IsSecret(name) ? Hidden : value.ToString() is { } text ? Text(text) : null;

    private static bool HasSecret(IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        for (var at = 0; at < fields.Count; at++)
            if (fields[at].Key is not "{OriginalFormat}" and var name && IsSecret(name)) return true;
        return false;
    }

    private static string Fill(string template, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        var filled = new StringBuilder(template);
        foreach (var (name, value) in fields)
            if (name != "{OriginalFormat}") filled.Replace($"{{{name}}}", Value(name, value) ?? "(null)");
        return filled.ToString();
    }

    // A JWT, keys with well-known beginnings, a bearer header, a password in an address.
    [GeneratedRegex(
        @"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?|\bsk-[A-Za-z0-9_-]{12,}|\bsp_[a-z2-7]{10}_[A-Za-z0-9_-]{20,}|\b(ghp|gho|github_pat)_[A-Za-z0-9_]{16,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}|(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{12,}|(?<=://[^\s/:@]{0,64}:)[^\s/@]{1,256}(?=@)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 200)]
    private static partial Regex Credential();
}
