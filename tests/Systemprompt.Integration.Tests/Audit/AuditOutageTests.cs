using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>The database goes away under load, in the ways it does. On a server of its own, since it is killed.</summary>
public sealed class AuditOutageTests : IAsyncLifetime
{
    private static readonly AuditSettings Quick = new() { CommitTimeout = TimeSpan.FromSeconds(2) };
    private readonly ConcurrentBag<Guid> _committed = [];
    private PostgresCluster _cluster = null!;
    private volatile bool _ended;
    private int _refused;

    public async Task InitializeAsync() => _cluster = await PostgresCluster.StartAsync("fsync=on");

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Sessions_that_an_administrator_ends_cost_no_call_and_no_row()
    {
        await using var process = await AuditProcess.StartAsync(_cluster.Url("postgres"));
        var load = Load(process);

        for (var round = 1; round <= 10; round++)
        {
            await Until(() => _committed.Count > round * 50);
            await _cluster.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postgres' and pid <> pg_backend_pid()");
        }

        await EndAsync(load);
        _refused.ShouldBe(0);
        await RowsShouldBeThereAsync();
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task While_the_server_is_dead_calls_are_refused_at_once_and_served_again_when_it_is_back()
    {
        await using var process = await AuditProcess.StartAsync(_cluster.Url("postgres"), Quick);
        var load = Load(process);
        await Until(() => _committed.Count > 200);

        await _cluster.StopServerAsync("KILL");
        await Until(() => !process.State.IsUp);
        var from = TimeProvider.System.GetTimestamp();
        await Should.ThrowAsync<AuditUnavailableException>(() => process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask());
        TimeProvider.System.GetElapsedTime(from).ShouldBeLessThan(Quick.CommitTimeout);
        (await process.HealthAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
        var before = _committed.Count;

        await _cluster.StartServerAsync("fsync=on");

        await Until(() => _committed.Count > before + 200);
        await EndAsync(load);
        await Until(() => process.HealthAsync().Result.Status == HealthStatus.Healthy);
        await RowsShouldBeThereAsync();
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task The_end_of_a_call_is_kept_through_an_outage_and_written_after_it()
    {
        await using var process = await AuditProcess.StartAsync(_cluster.Url("postgres"), Quick);
        var calls = Enumerable.Range(0, 100).Select(_ => new ProbeOpened()).ToList();
        foreach (var call in calls) await process.Log.CommitAsync(call, CancellationToken.None);
        await _cluster.StopServerAsync("KILL");

        var ends = calls.Select(call => process.Log.CommitAsync(new ProbeSettled { Id = call.Id, At = call.At }, CancellationToken.None).AsTask()).ToList();

        // Their callers are told in time that nothing is recorded yet.
        (await CommitTests.Failures(ends)).Length.ShouldBe(100);
        process.State.Kept.ShouldBe(100);
        await _cluster.StartServerAsync("fsync=on");
        await Until(() => process.State.Kept == 0);
        (await ScalarAsync<long>("select count(*) from probe.settled where status = 'completed'")).ShouldBe(100);
        process.State.Lost.ShouldBe(0);
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task A_table_that_somebody_locks_refuses_in_time_and_nothing_is_written_twice()
    {
        await using var process = await AuditProcess.StartAsync(_cluster.Url("postgres"), Quick);
        await process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        await using var holder = await ConnectAsync();
        var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table probe.opened in access exclusive mode", holder)) await hold.ExecuteNonQueryAsync();

        var calls = Enumerable.Range(0, 20).Select(_ => process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask()).ToList();

        (await CommitTests.Failures(calls)).Length.ShouldBe(20);
        await transaction.RollbackAsync();
        await Until(() => process.State.IsUp);
        await process.Log.CommitAsync(new ProbeOpened { Note = "after" }, CancellationToken.None);
        // What was refused is not there, or was ended when it turned out to be.
        await Until(() => ScalarAsync<long>("select count(*) from probe.opened o where note is null and not exists (select from probe.settled s where s.id = o.id)").Result == 1);
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public void A_stall_ends_by_itself_with_nobody_left_to_show_it()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var state = new AuditState(clock);
        state.LaneUp();

        state.Stalled("slow", TimeSpan.FromSeconds(5));
        state.IsUp.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(5));
        state.IsUp.ShouldBeTrue();

        state.Stalled("slow", TimeSpan.FromSeconds(5));
        state.Progressed();
        state.IsUp.ShouldBeTrue();
    }

    private List<Task> Load(AuditProcess process) =>
    [
        .. Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!_ended)
            {
                var row = new ProbeOpened();
                try
                {
                    await process.Log.CommitAsync(row, CancellationToken.None);
                    _committed.Add(row.Id);
                }
                catch (AuditUnavailableException)
                {
                    Interlocked.Increment(ref _refused);
                    await Task.Yield();
                }
            }
        })),
    ];

    private async Task EndAsync(List<Task> load)
    {
        _ended = true;
        await Task.WhenAll(load);
    }

    private async Task RowsShouldBeThereAsync()
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand("select count(*) from unnest($1) id where exists (select from probe.opened o where o.id = id)", connection);
        command.Parameters.Add(new() { Value = _committed.ToArray() });
        (await command.ExecuteScalarAsync()).ShouldBe((long)_committed.Count);
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{Systemprompt.Database.ConnectionUrl.Parse(_cluster.Url("postgres")).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(10, limit.Token);
    }
}
