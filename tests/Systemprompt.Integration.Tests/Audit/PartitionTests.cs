using Npgsql;
using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>Days begin while rows are written: ahead of time, too late, and under a role that may create nothing.</summary>
public sealed class PartitionTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Today_and_three_days_are_there_from_the_first_row_on()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        await Rows(process, 4, day => day);

        (await CountAsync("probe.opened_default")).ShouldBe(0);
        for (var day = 0; day <= Partitions.DaysAhead; day++) (await CountAsync(Partition(day))).ShouldBe(1);
    }

    [Fact]
    public async Task A_day_without_a_partition_is_taken_and_moves_into_its_own_under_load()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        using var end = new CancellationTokenSource();
        var written = 0;
        // Every client writes into the days that have no partition yet, all the time.
        var load = Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            for (var turn = 0; !end.IsCancellationRequested; turn++)
            {
                await process.Log.CommitAsync(new ProbeOpened { At = Noon(Partitions.DaysAhead + 1 + (turn % 3)) }, CancellationToken.None);
                Interlocked.Increment(ref written);
            }
        })).ToList();
        await _database.UntilAsync("select count(*) > 500 from probe.opened_default");

        for (var ahead = Partitions.DaysAhead + 1; ahead <= Partitions.DaysAhead + 3; ahead++)
        {
            await process.Partitions.EnsureAsync(ahead, CancellationToken.None);
            await _database.UntilAsync($"select count(*) > 100 from {Partition(ahead)}");
        }

        await end.CancelAsync();
        await Task.WhenAll(load);
        (await CountAsync("probe.opened")).ShouldBe(written);
        (await CountAsync("probe.opened_default")).ShouldBe(0);
        process.State.Rejected.ShouldBe(0);
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task Processes_that_make_the_same_days_at_the_same_time_make_them_once()
    {
        await using var first = await AuditProcess.StartAsync(_database.Url);
        await using var second = await AuditProcess.StartAsync(_database.Url);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? first : second).Partitions.EnsureAsync(10, CancellationToken.None)));

        (await _database.ScalarAsync<long>("select count(*) from pg_partition_tree('probe.opened') where isleaf")).ShouldBe(12);
    }

    [Fact]
    public async Task A_table_that_somebody_holds_does_not_keep_the_others_from_their_days()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        await using var holder = await _database.ConnectAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("lock table probe.opened in access exclusive mode", holder);
        await hold.ExecuteNonQueryAsync();

        var trouble = await Should.ThrowAsync<AggregateException>(() => process.Partitions.EnsureAsync(5, CancellationToken.None));

        trouble.InnerExceptions.ShouldHaveSingleItem().Message.ShouldContain("lock timeout");
        (await _database.ScalarAsync<bool>($"select to_regclass('{Partition(5).Replace("opened", "settled", StringComparison.Ordinal)}') is not null")).ShouldBeTrue();
    }

    [Fact]
    public async Task The_runtime_role_writes_and_makes_days_and_may_do_nothing_else()
    {
        await using (await AuditProcess.StartAsync(_database.Url)) { }
        var role = $"app_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"create role {role} login; select audit.grant_runtime('{role}'); grant usage on schema database to {role}; grant select on all tables in schema database to {role}");
        var url = _database.Url.Replace("postgres@", $"{role}@", StringComparison.Ordinal);
        await using var process = await AuditProcess.StartAsync(url);
        var row = new ProbeOpened();

        await process.Log.CommitAsync(row, new ProbeSettled { Id = row.Id, At = row.At }, CancellationToken.None);
        await process.Partitions.EnsureAsync(6, CancellationToken.None);

        (await CountAsync("probe.settled")).ShouldBe(1);
        (await _database.ScalarAsync<string>($"select tableowner::text from pg_tables where tablename = '{Partition(6).Split('.')[1]}'")).ShouldBe("postgres");
        foreach (var forbidden in new[]
        {
            "update probe.opened set note = 'x'", "delete from probe.settled", "truncate probe.opened", $"delete from {Partition(0)}", $"insert into {Partition(0)} select * from {Partition(0)}",
            "create table probe.mine (id int)", "drop table probe.opened", "alter table probe.opened disable trigger all", "select audit.adopt('probe.opened')",
            $"select audit.grant_runtime('{role}')", "delete from audit.writers", "insert into audit.tables (name, key) values ('x.y', 'z')",
        })
            (await Should.ThrowAsync<PostgresException>(() => AsAsync(url, forbidden), forbidden)).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, forbidden);
    }

    private static async Task AsAsync(string url, string sql)
    {
        await using var connection = new NpgsqlConnection($"{Systemprompt.Database.ConnectionUrl.Parse(url).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static Task Rows(AuditProcess process, int count, Func<int, int> day) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => process.Log.CommitAsync(new ProbeOpened { At = Noon(day(i)) }, CancellationToken.None).AsTask()));

    private static DateTimeOffset Noon(int daysAhead) => new(DateTime.UtcNow.Date.AddDays(daysAhead).AddHours(12), TimeSpan.Zero);

    private static string Partition(int daysAhead) => $"probe.opened_{Noon(daysAhead):yyyyMMdd}";

    private Task<long> CountAsync(string table) => _database.ScalarAsync<long>($"select count(*) from {table}");
}
