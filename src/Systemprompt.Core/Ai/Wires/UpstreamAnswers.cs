namespace Systemprompt.Ai;

/// <summary>Reading a provider's answer and putting its head on ours.</summary>
internal static class UpstreamAnswers
{
    /// <summary>A header's text, or null.</summary>
    public static string? Text(this HttpResponseMessage response, string name)
    {
        if (!response.Headers.NonValidated.TryGetValues(name, out var values) && !response.Content.Headers.NonValidated.TryGetValues(name, out values)) return null;
        return values.Count > 0 ? values.ToString() : null;
    }

    public static bool IsEventStream(this HttpResponseMessage response) =>
        response.Text("content-type")?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Puts the provider's status and headers on our answer.</summary>
    public static void Begin(this ModelCall call, HttpResponseMessage response, bool decoded)
    {
        call.Context.Response.StatusCode = (int)response.StatusCode;
        UpstreamHeaders.ToClient(response, call.Context.Response, call.ProviderKey, decoded);
    }
}
