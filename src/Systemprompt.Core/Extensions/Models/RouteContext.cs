using Systemprompt.Security;

namespace Systemprompt.Extensions;

/// <summary>The protocol that a client of the gateway speaks.</summary>
public enum ModelProtocol
{
    /// <summary>Anthropic's Messages.</summary>
    Messages,

    /// <summary>OpenAI's Chat Completions.</summary>
    ChatCompletions,

    /// <summary>OpenAI's Responses.</summary>
    Responses,
}

/// <summary>A model call as a route selector sees it.</summary>
public sealed class RouteContext
{
    /// <summary>Name of the route in the profile.</summary>
    public required string Route { get; init; }

    /// <summary>The model as the client names it.</summary>
    public required string Model { get; init; }

    /// <summary>What the client speaks.</summary>
    public required ModelProtocol Protocol { get; init; }

    /// <summary>Whether the client wants a stream.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether the call offers tools.</summary>
    public required bool HasTools { get; init; }

    /// <summary>Size of the body in bytes, after decompression.</summary>
    public required long Bytes { get; init; }

    /// <summary>Most tokens of the answer, as the call says; null when it does not.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>Who calls, from the verified token: the user's id is its <see cref="Security.Principal.Subject"/>, beside tier and scopes.</summary>
    public required Principal Principal { get; init; }

    /// <summary>The caller's teams; empty when it has none, or is no user of this system.</summary>
    public IReadOnlyList<string> Teams { get; init; } = [];

    /// <summary>The caller's roles.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The client's session, as the client says; null when it says none.</summary>
    public string? Session { get; init; }

    /// <summary>Where the call may go, in the route's order. Targets whose provider is disabled are not among them.</summary>
    public required IReadOnlyList<RouteOption> Targets { get; init; }

    /// <summary>The body as UTF-8 JSON, a copy. Empty unless the registration says <see cref="RouteSelectorRegistration.ReadsBody"/>.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>One target of a route.</summary>
public sealed class RouteOption
{
    internal RouteOption(int place, string provider, string model, bool isLeftAlone) => (Place, Provider, Model, IsLeftAlone) = (place, provider, model, isLeftAlone);

    /// <summary>Name of the provider in the profile.</summary>
    public string Provider { get; }

    /// <summary>The model that it would be asked for.</summary>
    public string Model { get; }

    /// <summary>True while most calls of the provider have failed and it is left alone for a while.</summary>
    public bool IsLeftAlone { get; }

    internal int Place { get; }
}
