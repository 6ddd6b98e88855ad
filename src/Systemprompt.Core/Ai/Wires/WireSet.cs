namespace Systemprompt.Ai;

/// <summary>The wires, by the kind that the profile names.</summary>
internal sealed class WireSet(AnthropicWire anthropic, EchoWire echo)
{
    public IModelWire For(Provider provider) => provider.Settings.Wire switch
    {
        Wire.Anthropic => anthropic,
        _ => echo,
    };
}
