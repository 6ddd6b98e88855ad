using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
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
        id, decided_at, tenant, user_id, model, verdict, door, tier, token_id, session_id, event, tool, policy, reason, trace, trace_id,
        client_address, writer, seq
        """;

    private static readonly string[] Details =
        ["door", "tier", "token_id", "session_id", "event", "tool", "policy", "reason", "trace", "trace_id", "client_address", "writer", "seq"];

    public string Kind => "hook_decision";

    public async IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Ids are version 7: their order is that of time, and the primary key has it.
        var direction = filter.NewestFirst ? "desc" : "asc";
        await using var command = database.CreateCommand(
            $"""
             select {Columns}
               from governance.hook_decisions
              where ($1 is null or decided_at >= $1)
                and ($2 is null or decided_at < $2)
                and ($3 is null or user_id = $3)
                and ($4 is null or model = $4)
                and ($5 is null or verdict = $5)
              order by id {direction}
              limit $6
             """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = Or(filter.Since?.UtcDateTime), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = Or(filter.Until?.UtcDateTime), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = Or(filter.User), NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Or(filter.Model), NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Or(filter.Status), NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Or(filter.Limit), NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return Entry(reader);
    }

    public async Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns} from governance.hook_decisions where id = $1");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Entry(reader) : null;
    }

    private AuditEntry Entry(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        At = reader.GetFieldValue<DateTimeOffset>(1),
        Kind = Kind,
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

    private static object Or(object? value) => value ?? DBNull.Value;
}
