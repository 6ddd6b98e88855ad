using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database.Migrations;
using Systemprompt.Extensions;

namespace Systemprompt.Database;

/// <summary>What <c>doctor</c> asks the database: what it is and how it is set, its clock, the migrations, this role's rights, the coming partitions.</summary>
internal static class DatabaseDoctor
{
    private const int NewestTested = 18;
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2), TooLate = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<DoctorCheck> Checks { get; } =
    [
        new("postgresql", CheckServerAsync) { NeedsDatabase = true },
        new("postgresql clock", CheckClockAsync) { NeedsDatabase = true },
        new("migrations", CheckMigrationsAsync) { NeedsDatabase = true },
        new("database rights", CheckRightsAsync) { NeedsDatabase = true },
        new("partitions", CheckPartitionsAsync) { NeedsDatabase = true },
    ];

    /// <summary>Judges what the server says of itself.</summary>
    internal static void Judge(DoctorCall call, DatabaseFacts facts, DatabaseSettings settings, bool mayLose)
    {
        if (facts.Version.Major > NewestTested) call.Warn($"version {facts.Version.Major} is newer than what was tested ({NewestTested})", "try it with a copy of the data first, or run version 15 to 18");
        if (facts.Encoding != "UTF8") call.Fail($"the database has encoding {facts.Encoding}", "create one with: create database NAME encoding 'UTF8' template template0");
        if (!mayLose)
        {
            if (!facts.Fsync) call.Fail("fsync is off: a crash of the machine loses committed audit rows", "set fsync = on and restart PostgreSQL");
            if (!facts.FullPageWrites) call.Warn("full_page_writes is off: safe only on a file system that never tears a page, such as ZFS", "set full_page_writes = on");
        }

        if (!facts.Autovacuum) call.Warn("autovacuum is off: tables and their statistics decay", "set autovacuum = on");
        if (facts.SynchronousCommit == "off") call.Warn("synchronous_commit is off: what is not an audit row can be lost in a crash (audit rows set it on for themselves)", "set synchronous_commit = on");
        if (facts.IsReadOnly) call.Fail("the server takes no writes (standby or read-only)", "point database.url at the primary");
        if (facts.IsPooled)
            call.Fail("a pooler stands before the server, where LISTEN, locks, migrations and the audit's prepared statements need the server itself", "set database.direct_url (DATABASE_DIRECT_URL) to the server's own address");
        var (open, instances) = (facts.MaxConnections - facts.Reserved, Math.Max(1, facts.Instances));
        // Besides the pool: listening and migrating, and health's own.
        var one = settings.PoolSize + 3;
        if (one > open) call.Fail($"the server gives {open} connections and this process alone may want {one}", "raise max_connections, or lower database.pool_size");
        else if (one * instances > open) call.Warn($"the server gives {open} connections and {instances} running processes may want {one * instances}", "raise max_connections, lower database.pool_size, or put a pooler between");
        if (call.Findings.Count == 0) call.Ok($"version {facts.Version}, {open} connections, settings fit");
    }

    /// <summary>Judges how far two clocks are apart.</summary>
    internal static void JudgeClock(DoctorCall call, TimeSpan apart)
    {
        const string remedy = "run an NTP client on both machines; tokens, leases and retention compare their clocks";
        var amount = $"{Math.Abs(apart.TotalSeconds):0.0} s {(apart < TimeSpan.Zero ? "behind" : "ahead of")}";
        if (apart.Duration() > TooLate) call.Fail($"this machine's clock is {amount} the database's", remedy);
        else if (apart.Duration() > Late) call.Warn($"this machine's clock is {amount} the database's", remedy);
        else call.Ok($"{apart.Duration().TotalMilliseconds:0} ms apart");
    }

    private static async Task CheckServerAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var address = call.Services.GetRequiredService<DatabaseServer>().Address;
        await using var connection = await OpenAsync(call, cancellationToken);
        if (connection.PostgreSqlVersion < Preflight.Oldest)
        {
            call.Fail($"version {connection.ServerVersion} is too old", $"upgrade the server to {Preflight.Oldest.Major} or newer (tested with 15 and 18), or point database.url at a newer one");
            return;
        }

        var facts = await DatabaseFacts.ReadAsync(connection, call.Services.GetRequiredService<DatabaseSettings>().ApplicationName, cancellationToken);
        Judge(call, facts, call.Services.GetRequiredService<DatabaseSettings>(), address.IsEmbedded || facts.ClusterName == Preflight.ThrowawayCluster);
    }

    private static async Task CheckClockAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var clock = call.Services.GetRequiredService<TimeProvider>();
        await using var connection = await OpenAsync(call, cancellationToken);
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        // The second answer comes over a warm connection.
        await command.ExecuteScalarAsync(cancellationToken);
        var (before, from) = (clock.GetUtcNow(), clock.GetTimestamp());
        var there = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        JudgeClock(call, before + (clock.GetElapsedTime(from) / 2) - new DateTimeOffset(there, TimeSpan.Zero));
    }

    private static async Task CheckMigrationsAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var plan = await call.Services.GetRequiredService<Migrator>().PlanAsync(cancellationToken);
        foreach (var fault in plan.Faults) call.Fail(fault, "'infra db verify' compares what was applied with what this binary carries");
        if (plan.Faults.Count > 0) return;
        if (plan.Pending.Count == 0) call.Ok("none pending");
        else call.Warn($"{plan.Pending.Count} pending", "'infra db migrate' applies them, or the next start does (database.migrate: on_start)");
    }

    private static async Task CheckRightsAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var schemas = call.Services.GetRequiredService<MigrationCatalogue>().Sources.Select(source => source.Extension).ToArray();
        await using var connection = await call.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        var closed = await DatabaseFacts.ClosedTablesAsync(connection, schemas, cancellationToken);
        if (closed.Count == 0) call.Ok($"{connection.UserName} reaches every table");
        else
            call.Fail(
                $"{connection.UserName} may not use {string.Join(", ", closed.Take(5))}{(closed.Count > 5 ? $" and {closed.Count - 5} more" : "")}",
                $"as the owner: select audit.grant_runtime('{connection.UserName}'); select database.grant_runtime('{connection.UserName}')");
    }

    private static async Task CheckPartitionsAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(call, cancellationToken);
        if (await DatabaseFacts.MissingDaysAsync(connection, cancellationToken) is not { } missing) call.Ok("the database is not migrated yet");
        else if (missing.Count == 0) call.Ok("today and tomorrow are there");
        else call.Warn($"without a partition for today or tomorrow: {string.Join(", ", missing)}", "the job database.partitions makes them: 'infra jobs history --kind database.partitions' shows whether it runs, 'infra jobs list' what is in its way");
    }

    private static async Task<NpgsqlConnection> OpenAsync(DoctorCall call, CancellationToken cancellationToken) =>
        await call.Services.GetRequiredKeyedService<NpgsqlDataSource>("direct").OpenConnectionAsync(cancellationToken);
}
