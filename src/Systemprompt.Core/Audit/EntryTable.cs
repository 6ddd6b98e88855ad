using Npgsql;

namespace Systemprompt.Audit;

/// <summary>A table or view of a room's entries, for <see cref="EntryStore"/>: what it is called, and which of its columns a filter's fields are. Without a column it has none of that field.</summary>
/// <param name="Name">Qualified name.</param>
/// <param name="Columns">What is selected, <c>id</c> among it.</param>
/// <param name="At">The column of the time.</param>
/// <param name="Entry">Makes an entry of a row.</param>
internal sealed record EntryTable(string Name, string Columns, string At, Func<NpgsqlDataReader, AuditEntry> Entry)
{
    public string? User { get; init; }

    public string? Model { get; init; }

    public string? Status { get; init; }

    public string? Session { get; init; }

    public string? Tool { get; init; }

    /// <summary>The call of a tool, as the client names it.</summary>
    public string? ToolUse { get; init; }

    /// <summary>A jsonb of the tools that an entry says ran, <c>[{"id","tool"}]</c>, where it has no tool of its own: asked for in place of <see cref="Tool"/> and <see cref="ToolUse"/>.</summary>
    public string? Tools { get; init; }

    public string? Project { get; init; }

    /// <summary>Ids hold the time in <see cref="At"/>, to the millisecond (RFC 9562, version 7): a range of time is a range of the primary key.</summary>
    public bool HasTimedIds { get; init; }
}
