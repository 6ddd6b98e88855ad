using System.Buffers;
using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Systemprompt.Ai;

/// <summary>
/// Which headers pass. Towards the provider only what belongs to its protocol and its clients: a company's own proxies put tokens and
/// addresses into headers, which are nobody else's business. Towards the client all but what is about the connection or about our key.
/// </summary>
internal static class UpstreamHeaders
{
    // RFC 9110, 5.6.2: the characters of a header's name.
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly FrozenSet<string> NeverForwarded = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "authorization", "x-api-key", "cookie", "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect",
        "content-length", "content-type", "content-encoding", "accept-encoding");

    private static readonly FrozenSet<string> Kept = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        // About the connection (RFC 9110, 7.6.1), or written anew.
        "connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length", "date", "server", "via", "alt-svc", "strict-transport-security",
        // About the account behind our key.
        "set-cookie", "anthropic-organization-id", "openai-organization", "openai-project",
        // Ours.
        "x-audit-id", "x-trace-id");

    /// <summary>Copies the client's headers that pass.</summary>
    public static void ToProvider(IHeaderDictionary from, HttpRequestMessage to, ProviderSettings settings, PassedHeaders passed)
    {
        foreach (var (name, values) in from)
            if (passed.Has(name) || IsForwarded(name, settings))
                Add(to.Headers, name, values);
        // Not the client's: with a charset of its choice, a provider would read other text than the policies did.
        to.Content!.Headers.TryAddWithoutValidation("content-type", "application/json");
        // Usage must be readable as it passes, and a stream must not wait in a compressor.
        to.Headers.TryAddWithoutValidation("accept-encoding", "identity");
    }

    /// <summary>Copies the client's headers that the profile has forwarded; those of the client's own protocol mean nothing to a provider of another.</summary>
    public static void Asked(IHeaderDictionary from, HttpRequestMessage to, ProviderSettings settings)
    {
        foreach (var name in settings.ForwardHeaders)
            if (from.TryGetValue(name, out var values))
                Add(to.Headers, name, values);
    }

    /// <summary>Copies the provider's headers that pass.</summary>
    /// <param name="from">The provider's answer.</param>
    /// <param name="to">Ours.</param>
    /// <param name="key">Our key: a header that repeats it is dropped.</param>
    /// <param name="decoded">True when the body was decompressed on the way.</param>
    public static void ToClient(HttpResponseMessage from, HttpResponse to, string key, bool decoded)
    {
        Copy(from.Headers.NonValidated, to.Headers, key, decoded);
        Copy(from.Content.Headers.NonValidated, to.Headers, key, decoded);
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to, string key, bool decoded)
    {
        foreach (var (name, values) in from)
        {
            if (Kept.Contains(name) || IsLimit(name)) continue;
            if (decoded && name.Equals("content-encoding", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var value in values)
                if (Ascii.IsValid(value) && !(key.Length > 0 && value.Contains(key, StringComparison.Ordinal)))
                    to.Append(name, value);
        }
    }

    /// <summary>Why a profile may not have this request header forwarded, or null.</summary>
    public static string? WhyNotForwarded(string name) =>
        name.Length == 0 || name.AsSpan().ContainsAnyExcept(Token) ? "must be the name of a header, such as x-team"
        : NeverForwarded.Contains(name) || name.StartsWith("proxy-", StringComparison.OrdinalIgnoreCase)
            ? $"must not be {name}: a caller's credentials stay here, and the connection to the provider is the gateway's own"
        : null;

    // What is left of the account behind our key.
    private static bool IsLimit(string name) =>
        name.StartsWith("anthropic-ratelimit-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase);

    private static bool IsForwarded(string name, ProviderSettings settings)
    {
        for (var i = 0; i < settings.ForwardHeaders.Count; i++)
            if (name.Equals(settings.ForwardHeaders[i], StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static void Add(HttpRequestHeaders to, string name, StringValues values)
    {
        if (values.Count == 1) to.TryAddWithoutValidation(name, values[0]);
        else to.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }
}
