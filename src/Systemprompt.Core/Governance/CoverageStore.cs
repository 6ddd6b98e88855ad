using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>Finds what went past a door: tools that ran without a hook, and sessions that ran tools without the gateway.</summary>
internal sealed class CoverageStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>By the names that clients give calls of tools and sessions. The newest first.</summary>
    public async Task<IReadOnlyList<CoverageGap>> GapsAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            with runs as (
                select tool_use_id, min(at) as at, min(user_id) as user_id, min(session_id) as session_id, min(tool) as tool
                  from governance.tool_runs
                 where tenant = @tenant and at >= @since and tool_use_id is not null
                 group by tool_use_id),
            hooked as (
                select distinct tool_use_id
                  from governance.hook_decisions
                 where tenant = @tenant and decided_at >= @since - interval '1 day' and tool_use_id is not null and event = 'PreToolUse' and door = 'hook'),
            unhooked as (
                select 'no_hook' as gap, r.user_id, r.session_id, count(*) as tools, string_agg(distinct r.tool, ' ' order by r.tool) as names, min(r.at) as first, max(r.at) as last
                  from runs r
                 where not exists (select from hooked h where h.tool_use_id = r.tool_use_id)
                 group by r.user_id, r.session_id),
            past as (
                select 'no_gateway' as gap, h.user_id, h.session_id, count(*) as tools, string_agg(distinct h.tool, ' ' order by h.tool) as names, min(h.decided_at) as first, max(h.decided_at) as last
                  from governance.hook_decisions h
                 where h.tenant = @tenant and h.decided_at >= @since and h.tool is not null and h.session_id is not null and h.event in ('PreToolUse', 'PostToolUse')
                   and not exists (select from governance.decisions d where d.tenant = @tenant and d.door = 'model' and d.session_id = h.session_id and d.decided_at >= @since - interval '1 day')
                 group by h.user_id, h.session_id)
            select gap as "Gap", user_id as "User", session_id as "Session", tools as "Tools", names as "Names", first as "First", last as "Last"
              from (select * from unhooked union all select * from past) gaps
             order by last desc, gap, session_id
             limit @limit
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<CoverageGap>(new CommandDefinition(sql, new { tenant = profile.Tenant, since = since.UtcDateTime, limit }, commandTimeout: 0, cancellationToken: cancellationToken))];
    }
}

/// <summary>Tools of one session that went past a door.</summary>
internal sealed record CoverageGap
{
    /// <summary><c>no_hook</c>: they ran, as the conversation says, and no hook was asked. <c>no_gateway</c>: hooks were asked, and no model call of the session came.</summary>
    public string Gap { get; init; } = "";

    public string? User { get; init; }

    public string? Session { get; init; }

    /// <summary>How many calls of tools.</summary>
    public long Tools { get; init; }

    /// <summary>Which tools, with blanks between.</summary>
    public string? Names { get; init; }

    public DateTime First { get; init; }

    public DateTime Last { get; init; }
}
