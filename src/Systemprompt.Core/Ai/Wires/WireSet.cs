namespace Systemprompt.Ai;

/// <summary>The wires, by the kind that the profile names.</summary>
internal sealed class WireSet(AnthropicWire anthropic, EchoWire echo, UpstreamSender sender, AiSettings settings)
{
    private readonly ConvertedWire _chat = new(new ChatCompletionsProtocol(), new ChatTarget("/chat/completions"), sender, settings);
    private readonly ConvertedWire _responses = new(new ResponsesProtocol(), new ChatTarget("/responses"), sender, settings);
    private readonly ConvertedWire _gemini = new(new GeminiProtocol(), new GeminiTarget(), sender, settings);

    public IModelWire For(Provider provider) => provider.Settings.Wire switch
    {
        Wire.Anthropic => anthropic,
        Wire.OpenaiChat => _chat,
        Wire.OpenaiResponses => _responses,
        Wire.Gemini => _gemini,
        _ => echo,
    };
}
