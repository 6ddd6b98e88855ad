using Microsoft.AspNetCore.Http;

namespace Systemprompt.AnthropicStub;

/// <summary>How the stub runs.</summary>
public sealed record StubOptions
{
    /// <summary>The loopback port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The only key accepted; null accepts any.</summary>
    public string? Key { get; init; }

    /// <summary>Keeps every request and answer. Off for load.</summary>
    public bool Record { get; init; } = true;

    /// <summary>Written in place of the stub's own answers, whatever the request is; its body has been read.</summary>
    public Func<HttpContext, Task>? Answer { get; init; }
}
