using Npgsql;
using NpgsqlTypes;
using Systemprompt.Extensions;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Analytics;

/// <summary>Requests and sessions in PostgreSQL.</summary>
internal sealed class TrafficStore(NpgsqlDataSource database, Profile profile, AnalyticsSettings settings)
{
    /// <summary>Requests that no other room records.</summary>
    public static readonly FactSource Requests = new("analytics.requests", "Requests")
    {
        Dimensions = ["route", "method", "status", "refusal", "tier", "user", "client", "bot"],
        Measures = [new("requests"), new("errors"), new("refused"), new("duration_us", FactUnit.Microseconds), new("bytes", FactUnit.Bytes)],
        Sql = """
            select (at at time zone 'UTC')::date as day, route, method, status, refusal, tier, login as "user", client, bot, count(*) as requests, count(*) filter (where status >= 500) as errors,
                   count(*) filter (where status between 400 and 499) as refused, sum(duration_us) as duration_us, coalesce(sum(bytes), 0) as bytes
              from analytics.requests
             where tenant = @tenant and at >= @from and at < @to
             group by 1, 2, 3, 4, 5, 6, 7, 8, 9
            """,
    };

    /// <summary>Page views.</summary>
    public static readonly FactSource Pages = new("analytics.pages", "Page views")
    {
        Dimensions = ["path", "referrer", "client", "bot"],
        Loose = ["path", "referrer"],
        Measures = [new("views"), new("duration_us", FactUnit.Microseconds), new("bytes", FactUnit.Bytes)],
        Sql = """
            select (at at time zone 'UTC')::date as day, path, referrer, client, bot, count(*) as views, sum(duration_us) as duration_us, coalesce(sum(bytes), 0) as bytes
              from analytics.requests
             where tenant = @tenant and at >= @from and at < @to and path is not null
             group by 1, 2, 3, 4, 5
            """,
    };

    /// <summary>Sessions, on the day they began.</summary>
    public static readonly FactSource Sessions = new("analytics.sessions", "Sessions")
    {
        Dimensions = ["kind", "client", "version", "user", "entry", "referrer", "bot"],
        Loose = ["entry", "referrer"],
        Measures = [new("sessions"), new("requests"), new("errors"), new("views"), new("model_calls"), new("tool_calls"), new("duration_us", FactUnit.Microseconds)],
        Sql = """
            select (started_at at time zone 'UTC')::date as day, kind, client, version, login as "user", entry, referrer, bot, count(*) as sessions, sum(requests) as requests, sum(errors) as errors,
                   sum(views) as views, sum(model_calls) as model_calls, sum(tool_calls) as tool_calls, sum((extract(epoch from last_at - started_at) * 1000000)::bigint) as duration_us
              from analytics.sessions
             where tenant = @tenant and started_at >= @from and started_at < @to
             group by 1, 2, 3, 4, 5, 6, 7, 8
            """,
    };

    private const string CopyRequests =
        "copy analytics.requests (at, tenant, method, route, path, referrer, status, refusal, duration_us, bytes, tier, login, session, client, version, bot, trace) from stdin (format binary)";

    /// <summary>Goes on with sessions that are there, under a lock, so that replicas that hear of one session at once make one of it.</summary>
    private const string MergeSessions = """
        with touched as (
            select * from unnest(@ids, @kinds, @keys, @firsts, @lasts, @days, @logins, @conversations, @clients, @versions, @bots, @entries, @leaves, @referrers, @requests, @errors, @views, @calls, @tools)
              as t (id, kind, key, first_at, last_at, day, login, conversation, client, version, bot, entry, leave, referrer, requests, errors, views, model_calls, tool_calls)
        ), known as (
            select t.id as new_id, s.id, s.started_at
              from touched t
             cross join lateral (
                select s.id, s.started_at
                  from analytics.sessions s
                 where s.tenant = @tenant and s.kind = t.kind and s.key = t.key and s.started_at >= t.day and s.started_at < t.day + interval '24 hours'
                   and s.last_at >= t.first_at - @gap and s.started_at <= t.last_at + @gap
                 order by s.started_at desc
                 limit 1) s
        ), changed as (
            update analytics.sessions s
               set last_at = greatest(s.last_at, t.last_at), requests = s.requests + t.requests, errors = s.errors + t.errors, views = s.views + t.views,
                   model_calls = s.model_calls + t.model_calls, tool_calls = s.tool_calls + t.tool_calls,
                   client = case when t.model_calls > 0 and s.model_calls = 0 then coalesce(t.client, s.client) else coalesce(s.client, t.client) end,
                   version = case when t.model_calls > 0 and s.model_calls = 0 then coalesce(t.version, s.version) else coalesce(s.version, t.version) end,
                   entry = coalesce(s.entry, t.entry), leave = coalesce(t.leave, s.leave), referrer = coalesce(s.referrer, t.referrer)
              from touched t
              join known k on k.new_id = t.id
             where s.id = k.id and s.started_at = k.started_at
        ), added as (
            insert into analytics.sessions (id, started_at, last_at, tenant, kind, key, login, conversation, client, version, bot, entry, leave, referrer, requests, errors, views, model_calls, tool_calls)
            select id, first_at, last_at, @tenant, kind, key, login, conversation, client, version, bot, entry, leave, referrer, requests, errors, views, model_calls, tool_calls
              from touched t
             where not exists (select from known k where k.new_id = t.id)
        )
        select new_id, id from known
        """;

    /// <summary>Writes a batch. It is worth no fsync: a crash of the server may cost the last moments.</summary>
    public async Task WriteAsync(IReadOnlyList<RequestRow> rows, IReadOnlyList<SessionTouch> touches, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var relax = new NpgsqlCommand("set local synchronous_commit = off", connection, transaction)) await relax.ExecuteNonQueryAsync(cancellationToken);
        if (touches.Count > 0)
        {
            await using (var hold = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('analytics.sessions:' || $1, 0))", connection, transaction) { Parameters = { new() { Value = profile.Tenant } } })
                await hold.ExecuteNonQueryAsync(cancellationToken);
            // A session that ended and began again since the last time stands twice: the first must be there before the second is looked at.
            var left = touches;
            while (left.Count > 0)
            {
                var round = left.DistinctBy(touch => touch.Key).ToList();
                await MergeAsync(connection, transaction, round, cancellationToken);
                left = round.Count == left.Count ? [] : [.. left.Except(round)];
            }
        }

        if (rows.Count > 0) await CopyAsync(connection, rows, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The day's salt: that of whoever was first. Those of days before are dropped.</summary>
    public async Task<byte[]> SaltAsync(DateOnly day, byte[] fresh, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using (var drop = new NpgsqlCommand("delete from analytics.salts where tenant = $1 and day < $2", connection) { Parameters = { new() { Value = profile.Tenant }, new() { Value = day } } })
            await drop.ExecuteNonQueryAsync(cancellationToken);
        await using var make = new NpgsqlCommand("insert into analytics.salts (tenant, day, salt) values ($1, $2, $3) on conflict do nothing", connection)
        {
            Parameters = { new() { Value = profile.Tenant }, new() { Value = day }, new() { Value = fresh } },
        };
        await make.ExecuteNonQueryAsync(cancellationToken);
        await using var find = new NpgsqlCommand("select salt from analytics.salts where tenant = $1 and day = $2", connection) { Parameters = { new() { Value = profile.Tenant }, new() { Value = day } } };
        return (byte[])(await find.ExecuteScalarAsync(cancellationToken) ?? throw new InvalidOperationException("the salt of the day was taken away; it is made again"));
    }

    private async Task MergeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<SessionTouch> touches, CancellationToken cancellationToken)
    {
        await using var merge = new NpgsqlCommand(MergeSessions, connection, transaction);
        merge.Parameters.AddWithValue("tenant", profile.Tenant);
        merge.Parameters.AddWithValue("gap", settings.SessionGap);
        Add("ids", NpgsqlDbType.Uuid, touch => touch.Id);
        Add("kinds", NpgsqlDbType.Text, touch => touch.Key.Kind switch { SessionKind.Visitor => "visitor", SessionKind.User => "user", _ => "client" });
        Add("keys", NpgsqlDbType.Uuid, touch => touch.Key.Stored());
        Add("firsts", NpgsqlDbType.TimestampTz, touch => touch.First.UtcDateTime);
        Add("lasts", NpgsqlDbType.TimestampTz, touch => touch.Last.UtcDateTime);
        Add("days", NpgsqlDbType.TimestampTz, touch => touch.First.UtcDateTime.Date);
        Add("logins", NpgsqlDbType.Text, touch => Clean(touch.Key.Who));
        Add("conversations", NpgsqlDbType.Text, touch => Clean(touch.Conversation));
        Add("clients", NpgsqlDbType.Text, touch => Clean(touch.Client));
        Add("versions", NpgsqlDbType.Text, touch => Clean(touch.Version));
        Add("bots", NpgsqlDbType.Text, touch => Clean(touch.Bot));
        Add("entries", NpgsqlDbType.Text, touch => Clean(touch.Entry));
        Add("leaves", NpgsqlDbType.Text, touch => Clean(touch.Leave));
        Add("referrers", NpgsqlDbType.Text, touch => Clean(touch.Referrer));
        Add("requests", NpgsqlDbType.Bigint, touch => touch.Requests);
        Add("errors", NpgsqlDbType.Bigint, touch => touch.Errors);
        Add("views", NpgsqlDbType.Bigint, touch => touch.Views);
        Add("calls", NpgsqlDbType.Bigint, touch => touch.ModelCalls);
        Add("tools", NpgsqlDbType.Bigint, touch => touch.ToolCalls);
        var byId = touches.ToDictionary(touch => touch.Id);
        var known = new List<(SessionTouch, Guid)>();
        await using (var reader = await merge.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) known.Add((byId[reader.GetGuid(0)], reader.GetGuid(1)));
        foreach (var (touch, id) in known) touch.Id = id;

        void Add<T>(string name, NpgsqlDbType type, Func<SessionTouch, T> value) =>
            merge.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = touches.Select(value).ToArray() });
    }

    private async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<RequestRow> rows, CancellationToken cancellationToken)
    {
        await using var importer = await connection.BeginBinaryImportAsync(CopyRequests, cancellationToken);
        foreach (var (fact, touch, client, version, bot) in rows)
        {
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(fact.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await importer.WriteAsync(profile.Tenant, NpgsqlDbType.Text, cancellationToken);
            await Text(fact.Method);
            await Text(fact.Route);
            await Text(fact.Page);
            await Text(fact.Referrer);
            await importer.WriteAsync((short)fact.Status, NpgsqlDbType.Smallint, cancellationToken);
            await Text(fact.Refusal);
            await importer.WriteAsync(fact.Duration.Ticks / TimeSpan.TicksPerMicrosecond, NpgsqlDbType.Bigint, cancellationToken);
            await (fact.Bytes is { } bytes ? importer.WriteAsync(bytes, NpgsqlDbType.Bigint, cancellationToken) : importer.WriteNullAsync(cancellationToken));
            await Text(TokenClaims.Name(fact.Principal.Tier));
            await Text(fact.Principal.IsAuthenticated ? fact.Principal.Subject : null);
            await (touch is null ? importer.WriteNullAsync(cancellationToken) : importer.WriteAsync(touch.Id, NpgsqlDbType.Uuid, cancellationToken));
            await Text(client);
            await Text(version);
            await Text(bot);
            await Text(fact.Trace);
        }

        await importer.CompleteAsync(cancellationToken);

        Task Text(string? text) => text is null ? importer.WriteNullAsync(cancellationToken) : importer.WriteAsync(Clean(text)!, NpgsqlDbType.Text, cancellationToken);
    }

    /// <summary>PostgreSQL takes neither NUL nor half a surrogate pair.</summary>
    private static string? Clean(string? text)
    {
        if (text is null || (!text.AsSpan().Contains('\0') && text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)) return text;
        return string.Concat(text.EnumerateRunes().Select(static rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }
}
