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
            with listed as (
                select *
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
                 limit @limit)
            select l.id as "Id", l.decided_at as "At", l.door as "Door", l.user_id as "User", l.tier as "Tier", l.session_id as "Session", l.event as "Event", l.tool as "Tool",
                   t.tool_use_id as "ToolUseId", t.tools::text as "Ran", l.model as "Model", l.verdict as "Verdict", l.policy as "Policy", l.reason as "Reason", l.trace::text as "Trace"
              from listed l
              left join governance.decision_tools t on t.id = l.id and t.decided_at = l.decided_at and (@since::timestamptz is null or t.decided_at >= @since)
             order by l.decided_at desc, l.id desc
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
            select d.id, d.decided_at, d.door, d.user_id, d.tier, d.tool, d.model, d.verdict, d.policy, t.tools::text
              from governance.decisions d
              left join governance.decision_tools t on t.id = d.id and t.decided_at = d.decided_at and t.decided_at >= $2
             where d.tenant = $1 and d.decided_at >= $2 and d.trace <> '[]'
             order by d.decided_at, d.id
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = profile.Tenant });
        command.Parameters.Add(new() { Value = since.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return new DecisionLine
            {
                Id = reader.GetGuid(0), At = reader.GetDateTime(1), Door = reader.GetString(2), User = Text(3), Tier = reader.GetString(4), Tool = Text(5), Model = Text(6), Verdict = reader.GetString(7), Policy = Text(8),
                Ran = Text(9),
            };

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}

/// <summary>Which verdicts.</summary>
internal sealed record DecisionFilter
{
    /// <summary>What a verdict can be.</summary>
    public static IReadOnlyList<string> Verdicts { get; } = ["allow", "deny", "limit"];

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

    /// <summary>The call of the tool as the client names it, on a hook event.</summary>
    public string? ToolUseId { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string? Ran { get; init; }

    /// <summary>The tools that a model call's conversation says ran since the request before: <c>[{"id","tool"}]</c>.</summary>
    public System.Text.Json.JsonElement? Tools => Ran is null ? null : System.Text.Json.JsonElement.Parse(Ran);

    /// <summary>Their names.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> ToolNames => Tools is { ValueKind: System.Text.Json.JsonValueKind.Array } runs
        ? [.. runs.EnumerateArray().Select(run => run.TryGetProperty("tool", out var tool) ? tool.GetString() : null).OfType<string>().Distinct(StringComparer.Ordinal)]
        : [];

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
