using System.Text.Json;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>Reads recorded verdicts.</summary>
internal sealed class GovernanceStore(NpgsqlDataSource database) : IAuditSource
{
    /// <summary>Verdicts, for analytics: at the hook door and on model calls. A tool call is a verdict on a tool that is about to run.</summary>
    public static readonly FactSource Facts = new("governance.decisions", "Policy decisions")
    {
        Dimensions = ["door", "event", "tool", "model", "verdict", "policy", "user"],
        Measures = [new("decisions"), new("tool_calls"), new("denied"), new("limited")],
        Sql = """
            select (decided_at at time zone 'UTC')::date as day, door, case when door = 'hook' then event end as event, tool, model, verdict, policy, user_id as "user",
                   count(*) filter (where door <> 'track') as decisions, count(*) filter (where event = 'PreToolUse' and door <> 'track') as tool_calls, count(*) filter (where verdict = 'deny') as denied,
                   count(*) filter (where verdict = 'limit') as limited
              from governance.decisions
             where tenant = @tenant and decided_at >= @from and decided_at < @to
             group by 1, 2, 3, 4, 5, 6, 7, 8
            """,
    };

    private const string Columns =
        """
        id, decided_at, tenant, user_id, model, verdict, door, tier, token_id, session_id, event, tool, tool_use_id, policy, reason, trace, trace_id,
        client_address, writer, seq
        """;

    private static readonly string[] Details =
        ["door", "tier", "token_id", "session_id", "event", "tool", "tool_use_id", "policy", "reason", "trace", "trace_id", "client_address", "writer", "seq"];

    private const string Of = "hook_decision";

    private readonly EntryStore _entries = new(database, new EntryTable("governance.hook_decisions", Columns, "decided_at", Entry)
    {
        User = "user_id", Model = "model", Status = "verdict", Session = "session_id", Tool = "tool", ToolUse = "tool_use_id",
    });

    public string Kind => Of;

    public IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, CancellationToken cancellationToken) => _entries.ReadAsync(filter, cancellationToken);

    public Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken) => _entries.FindAsync(id, cancellationToken);

    private static AuditEntry Entry(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        At = reader.GetFieldValue<DateTimeOffset>(1),
        Kind = Of,
        Tenant = reader.GetString(2),
        UserId = reader.IsDBNull(3) ? null : reader.GetString(3),
        Model = reader.IsDBNull(4) ? null : reader.GetString(4),
        Status = reader.GetString(5),
        Summary = Summary(Text(reader, "event"), Text(reader, "tool"), Text(reader, "policy")),
        Details = Details.ToDictionary(name => name, name => Value(reader, name)),
    };

    private static string? Summary(string? what, string? tool, string? policy)
    {
        var parts = new[] { what, tool, policy is null ? null : $"by {policy}" }.Where(part => part is not null);
        return string.Join(' ', parts) is { Length: > 0 } summary ? summary : null;
    }

    private static object? Value(NpgsqlDataReader reader, string name)
    {
        var at = reader.GetOrdinal(name);
        if (reader.IsDBNull(at)) return null;
        return name == "trace" ? JsonElement.Parse(reader.GetString(at)) : reader.GetValue(at);
    }

    private static string? Text(NpgsqlDataReader reader, string name) => Value(reader, name) as string;
}
