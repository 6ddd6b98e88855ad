namespace Systemprompt.Ai;

/// <summary>A call that ends in an answer of the gateway's own.</summary>
internal sealed class GatewayException(GatewayFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    public GatewayFault Fault { get; } = fault;
}
