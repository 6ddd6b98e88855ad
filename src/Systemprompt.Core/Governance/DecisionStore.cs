using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>Reads verdicts of both doors, for listings and for replays.</summary>
internal sealed class DecisionStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<DecisionLine>> ListAsync(DecisionFilter filter, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select id as "Id", decided_at as "At", door as "Door", user_id as "User", tier as "Tier", session_id as "Session", event as "Event", tool as "Tool", model as "Model",
                   verdict as "Verdict", policy as "Policy", reason as "Reason", trace::text as "Trace"
              from governance.decisions
             where tenant = @tenant
               and (@since::timestamptz is null or decided_at >= @since)
               and (@user::text is null or user_id = @user)
               and (@session::text is null or session_id = @session)
               and (@tool::text is null or tool = @tool)
               and (@model::text is null or model = @model)
               and (@policy::text is null or policy = @policy or trace @> jsonb_build_array(jsonb_build_object('policy', @policy::text, 'observed', true)))
               and (@verdict::text is null or verdict = @verdict)
               and (not @remarked or trace @> '[{"observed": true}]' or trace @> '[{"outcome": "warn"}]')
             order by decided_at desc, id desc
             limit @limit
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<DecisionLine>(new CommandDefinition(sql, new
            {
                tenant = profile.Tenant, since = filter.Since?.UtcDateTime, user = filter.User, session = filter.Session, tool = filter.Tool, model = filter.Model, policy = filter.Policy, verdict = filter.Verdict,
                remarked = filter.Remarked, limit,
            }, cancellationToken: cancellationToken)),
        ];
    }

    /// <summary>Every verdict since a moment that the chain gave, the oldest first; holds one at a time.</summary>
    public async IAsyncEnumerable<DecisionLine> ReadAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The kernel's refusals come before the chain; they have no trace.
        await using var command = database.CreateCommand(
            """
            select id, decided_at, door, user_id, tier, tool, model, verdict, policy
              from governance.decisions
             where tenant = $1 and decided_at >= $2 and trace <> '[]'
             order by decided_at, id
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = since.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return new DecisionLine
            {
                Id = reader.GetGuid(0), At = reader.GetDateTime(1), Door = reader.GetString(2), User = Text(3), Tier = reader.GetString(4), Tool = Text(5), Model = Text(6), Verdict = reader.GetString(7), Policy = Text(8),
            };

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}

/// <summary>Which verdicts.</summary>
internal sealed record DecisionFilter
{
    public DateTimeOffset? Since { get; init; }

    public string? User { get; init; }

    public string? Session { get; init; }

    public string? Tool { get; init; }

    public string? Model { get; init; }

    /// <summary>That refused, or would have.</summary>
    public string? Policy { get; init; }

    public string? Verdict { get; init; }

    /// <summary>Only those with a remark, or with a refusal that was only observed.</summary>
    public bool Remarked { get; init; }
}

/// <summary>A verdict as it is listed.</summary>
internal sealed record DecisionLine
{
    public Guid Id { get; init; }

    public DateTime At { get; init; }

    public string Door { get; init; } = "";

    public string? User { get; init; }

    public string Tier { get; init; } = "";

    public string? Session { get; init; }

    public string? Event { get; init; }

    public string? Tool { get; init; }

    public string? Model { get; init; }

    public string Verdict { get; init; } = "";

    public string? Policy { get; init; }

    public string? Reason { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string Trace { get; init; } = "[]";

    /// <summary>Why it was refused, or what policies remarked, for people.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Words => Reason ?? (string.Join("; ", Steps.EnumerateArray().Where(step => step.TryGetProperty("reason", out _)).Select(step => $"{step.GetProperty("policy").GetString()}: {step.GetProperty("reason").GetString()}")) is { Length: > 0 } remarks ? remarks : null);

    /// <summary>Every policy that ran.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("trace")]
    public System.Text.Json.JsonElement Steps => System.Text.Json.JsonElement.Parse(Trace);
}
