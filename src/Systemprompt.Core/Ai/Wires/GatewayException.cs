namespace Systemprompt.Ai;

/// <summary>A call that ends in an answer of the gateway's own.</summary>
internal sealed class GatewayException(GatewayFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    public GatewayFault Fault { get; } = fault;
}

/// <summary>A provider could not answer, and the call goes on to the next of its route.</summary>
internal sealed class ProviderPassedException(GatewayFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    public GatewayFault Fault => fault;
}
