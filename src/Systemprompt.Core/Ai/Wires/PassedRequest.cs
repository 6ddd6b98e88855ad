using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>A request that goes to a provider of the client's own protocol as it came.</summary>
internal static class PassedRequest
{
    /// <param name="call">The call.</param>
    /// <param name="target">Where the provider takes it.</param>
    /// <param name="asked">How a stream is asked for its usage; null when it is not.</param>
    /// <param name="below">What is put behind the provider's path.</param>
    public static HttpRequestMessage Make(ModelCall call, ProviderTarget target, Splice? asked, string below = "")
    {
        var provider = call.Provider!;
        var address = target.AddressOf(provider, call.UpstreamModel!, call.Head.Stream).OriginalString;
        var changes = Changes(call, asked);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address + below + call.Context.Request.QueryString.Value))
        {
            Content = changes.Length > 0 ? new SplicedContent(call.Body!.Memory, changes) : new ReadOnlyMemoryContent(call.Body!.Memory),
        };
        UpstreamHeaders.ToProvider(call.Context.Request.Headers, request, provider.Settings, target.Passed);
        if (call.ProviderKey.Length > 0) target.Authorize(request.Headers, call.ProviderKey);
        return request;
    }

    /// <summary>What is written into the body, in order.</summary>
    private static Splice[] Changes(ModelCall call, Splice? asked)
    {
        Splice? model = call.UpstreamModel == call.Head.Model ? null : new Splice(call.Head.ModelAt, call.Head.ModelLength, JsonSerializer.Serialize(call.UpstreamModel));
        var foreign = call.Door == GatewayDoor.Messages ? ForeignThinking.In(call.Body!.Span) : [];
        if (asked is null && model is null && foreign.Count == 0) return [];
        return [.. new[] { asked, model }.OfType<Splice>().Concat(foreign).OrderBy(change => change.At)];
    }
}
