using System.Net.Http.Headers;

namespace Systemprompt.Ai;

/// <summary>Where a provider's protocol takes calls, and how it is told the key.</summary>
internal abstract class ProviderTarget
{
    /// <summary>What passes of the headers of a client that speaks the same protocol.</summary>
    public abstract PassedHeaders Passed { get; }

    public abstract Uri AddressOf(Provider provider, string model, bool stream);

    public abstract void Authorize(HttpRequestHeaders headers, string key);

    /// <summary>Headers that the protocol demands and a client of another does not send.</summary>
    public virtual void Complete(HttpRequestHeaders headers) { }
}

/// <summary>Anthropic's way: the address is without the version, the key in a header of its own.</summary>
internal sealed class MessagesTarget : ProviderTarget
{
    public override PassedHeaders Passed => PassedHeaders.Anthropic;

    public override Uri AddressOf(Provider provider, string model, bool stream) => new(provider.Settings.Endpoint!.TrimEnd('/') + "/v1/messages");

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("x-api-key", key);

    public override void Complete(HttpRequestHeaders headers) => headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
}

/// <summary>OpenAI's way: one path, the key as a bearer token.</summary>
internal sealed class OpenAiTarget(string path) : ProviderTarget
{
    public override PassedHeaders Passed => PassedHeaders.OpenAi;

    public override Uri AddressOf(Provider provider, string model, bool stream) => new(provider.Settings.Endpoint!.TrimEnd('/') + path);

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
}

/// <summary>Google's way: the model and the method stand in the path, the key in a header of its own.</summary>
internal sealed class GeminiTarget : ProviderTarget
{
    public override PassedHeaders Passed { get; } = new([], []);

    public override Uri AddressOf(Provider provider, string model, bool stream) =>
        new($"{provider.Settings.Endpoint!.TrimEnd('/')}/models/{Uri.EscapeDataString(model)}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}");

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("x-goog-api-key", key);
}
