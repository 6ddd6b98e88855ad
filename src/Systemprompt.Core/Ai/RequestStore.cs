using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Budgets;
using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>Reads model calls: for listings, and to find those that a dead writer left open.</summary>
internal sealed class RequestStore(NpgsqlDataSource database) : IAuditSource, IOrphanSettler, ISpendTrail
{
    /// <summary>Model calls and what they cost, for analytics. The client is its software's name and version, without the rest of its user-agent; a key is an access key, not one of the many tokens.</summary>
    public static readonly FactSource Facts = new("ai.calls", "Model calls")
    {
        Dimensions = ["model", "provider", "status", "user", "client", "key", "project", "upstream_model"],
        // Whoever may call names what he likes.
        Loose = ["project"],
        Measures =
        [
            new("calls"), new("input_tokens"), new("output_tokens"), new("cache_write_tokens"), new("cache_read_tokens"), new("cost_microdollars", FactUnit.Microdollars), new("cost_unknown"),
            new("usage_unknown"), new("failed"), new("duration_us", FactUnit.Microseconds),
        ],
        Sql = """
            select (o.opened_at at time zone 'UTC')::date as day, o.model, coalesce(s.provider, o.provider) as provider, coalesce(s.status, 'open') as status, o.user_id as "user",
                   substring(o.client from '^\S+/[A-Za-z]\S*\s+[0-9]\S*|^\S+') as client,
                   case when o.token_id like 'sp\_%' then o.token_id end as key, o.project, s.upstream_model,
                   count(*) as calls, coalesce(sum(s.input_tokens), 0) as input_tokens, coalesce(sum(s.output_tokens), 0) as output_tokens,
                   coalesce(sum(s.cache_write_5m_tokens + s.cache_write_1h_tokens), 0) as cache_write_tokens, coalesce(sum(s.cache_read_tokens), 0) as cache_read_tokens,
                   coalesce(sum(s.cost_microdollars), 0) as cost_microdollars, count(*) filter (where s.cost_unknown) as cost_unknown, count(*) filter (where s.usage_unknown) as usage_unknown,
                   count(*) filter (where s.status = 'failed') as failed,
                   coalesce(sum((extract(epoch from s.completed_at - o.opened_at) * 1000000)::bigint), 0) as duration_us
              from ai.requests_opened o
              left join (select * from ai.requests_settled where opened_at >= @from and opened_at < @to) s on s.id = o.id and s.opened_at = o.opened_at
             where o.tenant = @tenant and o.opened_at >= @from and o.opened_at < @to
             group by 1, 2, 3, 4, 5, 6, 7, 8, 9
            """,
    };

    // How far an application's clock may stand beside the database's.
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);

    // A model call has no tool of its own, but those that its conversation says ran.
    private static readonly EntryTable Table = new("ai.requests", "*", "created_at", Entry)
    {
        User = "user_id", Model = "model", Status = "status", Session = "session_id", Project = "project", Tools = "tools", HasTimedIds = true,
    };

    private readonly EntryStore _entries = new(database, Table);

    public string Kind => "model_call";

    public IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, CancellationToken cancellationToken) => _entries.ReadAsync(filter, cancellationToken);

    public Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken) => _entries.FindAsync(id, cancellationToken);

    public async Task<IReadOnlyList<AuditRow>> FindOrphansAsync(NpgsqlConnection connection, DeadWriter writer, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select o.id, o.opened_at, now()
              from ai.requests_opened o
             where o.writer = $1 and o.opened_at between $2 and $3
               and not exists (select from ai.requests_settled s where s.id = o.id and s.opened_at = o.opened_at)
             order by o.opened_at
             limit $4
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = writer.Id });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (writer.StartedAt - Skew).UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (writer.LeaseUntil + Skew).UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var ends = new List<AuditRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            ends.Add(new SettledRow
            {
                Id = reader.GetGuid(0),
                OpenedAt = reader.GetFieldValue<DateTimeOffset>(1),
                CompletedAt = reader.GetFieldValue<DateTimeOffset>(2),
                Status = CallStatus.Interrupted,
                Error = "gateway_lost",
                UsageUnknown = true,
                Cost = null,
            });
        }

        return ends;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrailCall> ReadAsync(Guid replica, DateTimeOffset from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select o.budgets::text, s.id is not null, s.status, s.usage_unknown, s.input_tokens + s.output_tokens + s.cache_write_5m_tokens + s.cache_write_1h_tokens + s.cache_read_tokens, s.cost_microdollars,
                   coalesce(s.upstream_model, o.model)
              from ai.requests_opened o
              left join ai.requests_settled s on s.id = o.id and s.opened_at = o.opened_at
             where o.budget_replica = $1 and o.opened_at >= $2 and o.budgets is not null
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = replica });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = from.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!reader.GetBoolean(1))
            {
                yield return new TrailCall(reader.GetString(0), null);
                continue;
            }

            // As CallBudget.End decides.
            var (unknown, tokens) = (reader.GetBoolean(3), reader.GetInt64(4));
            var counts = reader.GetString(2) == CallStatus.Completed.Word() || unknown || tokens > 0;
            var usage = new BudgetUsage(unknown ? null : tokens, reader.IsDBNull(5) ? null : reader.GetInt64(5)) { Model = reader.IsDBNull(6) ? null : reader.GetString(6) };
            yield return new TrailCall(reader.GetString(0), new TrailEnd(counts, usage));
        }
    }

    private static AuditEntry Entry(NpgsqlDataReader reader)
    {
        var details = new Dictionary<string, object?>(reader.FieldCount, StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++) details.Add(reader.GetName(i), Value(reader, i));
        return new AuditEntry
        {
            Id = Take<Guid>("id"),
            At = Take<DateTimeOffset>("created_at"),
            Kind = "model_call",
            Tenant = Take<string>("tenant"),
            UserId = Take<string?>("user_id"),
            Model = Take<string?>("model"),
            Status = Take<string>("status"),
            Summary = (string?)(details["policy"] ?? details["error"]),
            CostMicrodollars = Take<long?>("cost_microdollars"),
            Details = details,
        };

        T Take<T>(string name)
        {
            details.Remove(name, out var value);
            return (T)value!;
        }
    }

    private static object? Value(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDataTypeName(column) switch
    {
        "timestamp with time zone" => reader.GetFieldValue<DateTimeOffset>(column),
        "jsonb" => reader.GetFieldValue<JsonElement>(column),
        "bytea" => Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(column)),
        _ => reader.GetValue(column),
    };
}
