using Systemprompt.Security;

namespace Systemprompt.Extensions;

/// <summary>Where a call came in.</summary>
public enum PolicyDoor
{
    /// <summary>A model call on <c>/v1</c>.</summary>
    Model,

    /// <summary>A hook event of an AI client.</summary>
    Hook,
}

/// <summary>What a policy judges: one model call or one hook event.</summary>
public sealed class PolicyCall
{
    /// <summary>Id of the call; the audit row has the same.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where it came in.</summary>
    public required PolicyDoor Door { get; init; }

    /// <summary>Who calls, from the verified token: never from the payload.</summary>
    public required Principal Principal { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The model asked for, on a model call.</summary>
    public string? Model { get; init; }

    /// <summary>The models that providers would be asked for, where a route puts others in place of <see cref="Model"/>; empty where it does not.</summary>
    public IReadOnlyList<string> UpstreamModels { get; init; } = [];

    /// <summary>The tool about to run, on a hook event that names one.</summary>
    public string? Tool { get; init; }

    /// <summary>The hook event's name, such as <c>PreToolUse</c>.</summary>
    public string? HookEvent { get; init; }

    /// <summary>
    /// The payload as UTF-8 JSON, exactly as received: the whole request body on a model call, the whole event on a hook.
    /// Well-formed JSON is guaranteed; its fields are the client's claims. Valid only while the policy runs.
    /// </summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The same call with another payload.</summary>
    internal PolicyCall With(ReadOnlyMemory<byte> content) => new()
    {
        Id = Id, Door = Door, Principal = Principal, ReceivedAt = ReceivedAt, Model = Model, UpstreamModels = UpstreamModels, Tool = Tool, HookEvent = HookEvent, Content = content,
    };
}
