using System.Net.Http.Headers;

namespace Systemprompt.Ai;

/// <summary>Where a provider's protocol takes calls, and how it is told the key.</summary>
internal abstract class ProviderTarget
{
    public abstract Uri AddressOf(Provider provider, string model, bool stream);

    public abstract void Authorize(HttpRequestHeaders headers, string key);
}

/// <summary>OpenAI's way: one path, the key as a bearer token.</summary>
internal sealed class ChatTarget(string path) : ProviderTarget
{
    public override Uri AddressOf(Provider provider, string model, bool stream) => new(provider.Settings.Endpoint!.TrimEnd('/') + path);

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
}

/// <summary>Google's way: the model and the method stand in the path, the key in a header of its own.</summary>
internal sealed class GeminiTarget : ProviderTarget
{
    public override Uri AddressOf(Provider provider, string model, bool stream) =>
        new($"{provider.Settings.Endpoint!.TrimEnd('/')}/models/{Uri.EscapeDataString(model)}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}");

    public override void Authorize(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("x-goog-api-key", key);
}
