namespace Systemprompt.Http;

/// <summary>Endpoint metadata: outside limits, authentication and the ready gate. For health alone.</summary>
internal sealed class PipelineExempt
{
    public static PipelineExempt Instance { get; } = new();
}
