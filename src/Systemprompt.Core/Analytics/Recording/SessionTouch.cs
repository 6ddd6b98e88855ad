using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Analytics;

/// <summary>What kind of session.</summary>
internal enum SessionKind
{
    /// <summary>Somebody without a token who looks at pages.</summary>
    Visitor,

    /// <summary>A token at the API.</summary>
    User,

    /// <summary>An AI client at the doors of model calls and hooks.</summary>
    Client,
}

/// <summary>What tells sessions apart.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Who">The token's subject; null for a visitor.</param>
/// <param name="Session">The client's own session, or what the token says of one; for a visitor empty.</param>
/// <param name="Agent">The user-agent, where it is all that tells clients with one token apart.</param>
/// <param name="Visitor">A visitor's key.</param>
internal readonly record struct SessionKey(SessionKind Kind, string? Who, string? Session, string? Agent, Guid Visitor)
{
    /// <summary>The key as it is stored: the same on every process.</summary>
    public Guid Stored() => Kind == SessionKind.Visitor
        ? Visitor
        : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{Who}\n{Session}\n{Agent}")).AsSpan(0, 16));
}

/// <summary>A request's part in its session.</summary>
internal readonly record struct SessionPart(string? Client, string? Version, string? Bot, string? Conversation, string? Page, string? Referrer, bool IsError, bool IsModelCall, bool IsToolCall, string? UserAgent = null);

/// <summary>A session since it was last written. Changed under the lock of its <see cref="SessionTally"/>.</summary>
internal sealed class SessionTouch(SessionKey key, DateTimeOffset at)
{
    public SessionKey Key => key;

    /// <summary>The id of a session that is new; replaced when it turns out to be one that is there already.</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7(at);

    public DateTimeOffset First { get; } = at;

    public DateTimeOffset Last { get; private set; } = at;

    public string? Client { get; set; }

    public string? Version { get; set; }

    /// <summary>Where the client is not known yet: what it calls itself.</summary>
    public string? UserAgent { get; private set; }

    public string? Bot { get; private set; }

    public string? Conversation { get; private set; }

    public string? Entry { get; private set; }

    public string? Leave { get; private set; }

    public string? Referrer { get; private set; }

    public long Requests { get; private set; }

    public long Errors { get; private set; }

    public long Views { get; private set; }

    public long ModelCalls { get; private set; }

    public long ToolCalls { get; private set; }

    /// <summary>Whether a moment belongs to this session: no longer silence, and the same day.</summary>
    public bool Reaches(DateTimeOffset at, TimeSpan gap) => at - Last <= gap && at.UtcDateTime.Date == First.UtcDateTime.Date;

    public void Add(DateTimeOffset at, in SessionPart part)
    {
        if (at > Last) Last = at;
        Client ??= part.Client;
        Version ??= part.Version;
        // Hooks may come from a script of the client's; who calls the model is the client.
        UserAgent = part.IsModelCall ? part.UserAgent ?? UserAgent : UserAgent ?? part.UserAgent;
        Bot ??= part.Bot;
        Conversation ??= part.Conversation;
        Referrer ??= part.Referrer;
        Entry ??= part.Page;
        Leave = part.Page ?? Leave;
        Requests++;
        if (part.IsError) Errors++;
        if (part.Page is not null) Views++;
        if (part.IsModelCall) ModelCalls++;
        if (part.IsToolCall) ToolCalls++;
    }
}
