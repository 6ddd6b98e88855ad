namespace Systemprompt.Ai;

/// <summary>The wires, by what the provider and the client speak: between equals bytes pass, the rest is converted.</summary>
internal sealed class WireSet
{
    private readonly EchoWire _echo;
    private readonly ChatClientWire _client;
    private readonly Dictionary<Wire, (IModelWire PassThrough, IModelWire Converted)> _wires;

    public WireSet(EchoWire echo, ChatClientWire client, UpstreamSender sender, AiSettings settings)
    {
        (_echo, _client) = (echo, client);
        _wires = new Dictionary<Wire, (IModelWire, IModelWire)>
        {
            [Wire.Anthropic] = Pair(new MessagesProtocol(), new MessagesTarget()),
            [Wire.OpenaiChat] = Pair(new ChatCompletionsProtocol(), new OpenAiTarget("/chat/completions")),
            [Wire.OpenaiResponses] = Pair(new ResponsesProtocol(), new OpenAiTarget("/responses")),
            [Wire.Gemini] = Pair(new GeminiProtocol(), new GeminiTarget()),
        };

        (IModelWire, IModelWire) Pair(IProviderProtocol protocol, ProviderTarget target) =>
            (new PassThroughWire(target, sender, settings), new ConvertedWire(protocol, target, sender, settings));
    }

    public IModelWire For(Provider provider, GatewayDoor door)
    {
        var wire = provider.Settings.Wire;
        if (wire == Wire.Echo) return _echo;
        if (wire == Wire.ChatClient) return _client;
        var (passThrough, converted) = _wires[wire];
        return wire == door.Wire ? passThrough : converted;
    }
}
