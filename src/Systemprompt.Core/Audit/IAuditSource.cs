namespace Systemprompt.Audit;

/// <summary>A room's reading side of the audit trail. The commands under <c>infra audit</c> merge all of them.</summary>
internal interface IAuditSource
{
    /// <summary>What its entries are, such as <c>model_call</c> or <c>hook_decision</c>.</summary>
    string Kind { get; }

    /// <summary>Streams the entries that match, ordered by time and id as the filter says. Reads as it goes: never holds all in memory.</summary>
    IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, CancellationToken cancellationToken);

    /// <summary>The entry with an id (the one sent as <c>x-audit-id</c>), or null.</summary>
    Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken);
}

/// <summary>Which entries are asked for. Null means any.</summary>
internal sealed record AuditFilter
{
    /// <summary>At or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The user id, exactly.</summary>
    public string? User { get; init; }

    /// <summary>The model, exactly.</summary>
    public string? Model { get; init; }

    /// <summary>The project, exactly; only model calls have one.</summary>
    public string? Project { get; init; }

    /// <summary>The status, exactly: a model call's, or a decision's verdict.</summary>
    public string? Status { get; init; }

    /// <summary>The client's session, exactly.</summary>
    public string? Session { get; init; }

    /// <summary>The tool, exactly: what a decision is about, or one that ran, as a model call's conversation says.</summary>
    public string? Tool { get; init; }

    /// <summary>The call of a tool, exactly as the client names it, in the same places.</summary>
    public string? ToolUse { get; init; }

    /// <summary>How many at most.</summary>
    public int? Limit { get; init; }

    /// <summary>Newest first, as people read; false is the order of an export.</summary>
    public bool NewestFirst { get; init; } = true;
}

/// <summary>One call or decision.</summary>
internal sealed record AuditEntry
{
    /// <summary>Sent to the client as <c>x-audit-id</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it came in.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary><see cref="IAuditSource.Kind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whose installation.</summary>
    public required string Tenant { get; init; }

    /// <summary>Who; null when unknown or erased.</summary>
    public string? UserId { get; init; }

    /// <summary>The model, if one was named.</summary>
    public string? Model { get; init; }

    /// <summary>A model call's status, or a decision's verdict.</summary>
    public required string Status { get; init; }

    /// <summary>What people want to see beside it in a list: the tool, the refusing policy.</summary>
    public string? Summary { get; init; }

    /// <summary>Its cost, when it has one and it is known.</summary>
    public long? CostMicrodollars { get; init; }

    /// <summary>Everything else that is recorded, by column name. Values are text, numbers, booleans, times, or <see cref="System.Text.Json.JsonElement"/>.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>();
}
