using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http.Pipeline;

/// <summary>Finds the token of a request: <c>Authorization: Bearer</c> (RFC 6750), or <c>x-api-key</c> as Anthropic's clients send it.</summary>
internal static class BearerToken
{
    /// <summary>The token, or null; <paramref name="ambiguous"/> when both headers stand and differ.</summary>
    public static string? Of(HttpRequest request, out bool ambiguous)
    {
        ambiguous = false;
        string? bearer = null;
        var authorization = request.Headers.Authorization;
        if (authorization.Count > 0)
        {
            var text = authorization.ToString();
            if (text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) bearer = text[7..].Trim();
        }

        var key = request.Headers["x-api-key"];
        if (key.Count == 0) return bearer;
        var apiKey = key.ToString();
        if (bearer is null) return apiKey;
        ambiguous = bearer != apiKey;
        return bearer;
    }
}
