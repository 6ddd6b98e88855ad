using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>Who is taken for dead, and what is done with what they left.</summary>
public sealed class SweepTests : IAsyncLifetime
{
    private static readonly AuditSettings Quick = new() { Lease = TimeSpan.FromSeconds(2), Heartbeat = TimeSpan.FromMilliseconds(100) };
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task What_a_dead_writer_left_open_is_interrupted_and_the_writer_closed()
    {
        await using var living = await AuditProcess.StartAsync(_database.Url);
        await using var dead = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        var (open, ended) = (new ProbeOpened(), new ProbeOpened());
        await dead.Log.CommitAsync(open, CancellationToken.None);
        await dead.Log.CommitAsync(ended, new ProbeSettled { Id = ended.Id, At = ended.At }, CancellationToken.None);
        await ExpireAsync(dead);

        (await living.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeTrue();

        (await StatusAsync(open)).ShouldBe("interrupted");
        (await StatusAsync(ended)).ShouldBe("completed");
        (await IsClosedAsync(dead.Lease.Writers.Single())).ShouldBeTrue();
        (await living.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeFalse();
        await CommitTests.ChainsShouldVerify(living);
    }

    [Fact]
    public async Task The_calls_of_a_living_neighbour_are_left_alone()
    {
        await using var living = await AuditProcess.StartAsync(_database.Url);
        await using var neighbour = await AuditProcess.StartAsync(_database.Url);
        var open = new ProbeOpened();
        await neighbour.Log.CommitAsync(open, CancellationToken.None);

        (await living.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeFalse();

        (await _database.ScalarAsync<long>("select count(*) from probe.settled")).ShouldBe(0);
    }

    [Fact]
    public async Task A_process_does_not_sweep_its_own_writers_however_late_their_heartbeats()
    {
        await using var late = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        await late.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        await ExpireAsync(late);

        (await late.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_lease_that_ran_out_unseen_is_renewed_and_protects_again()
    {
        await using var living = await AuditProcess.StartAsync(_database.Url);
        await using var late = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        await late.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        await ExpireAsync(late);

        await late.Lease.RenewAsync(CancellationToken.None);

        (await living.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_thousand_open_calls_are_ended_once_by_two_that_sweep_at_the_same_time()
    {
        await using var first = await AuditProcess.StartAsync(_database.Url);
        await using var second = await AuditProcess.StartAsync(_database.Url);
        await using var dead = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(_ => dead.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask()));
        await ExpireAsync(dead);

        var swept = await Task.WhenAll(first.Sweep.SweepOneAsync(CancellationToken.None), second.Sweep.SweepOneAsync(CancellationToken.None));

        swept.Count(did => did).ShouldBe(1);
        (await _database.ScalarAsync<long>("select count(*) from probe.settled where status = 'interrupted'")).ShouldBe(1200);
        await CommitTests.ChainsShouldVerify(first);
        await CommitTests.ChainsShouldVerify(second);
    }

    [Fact]
    public async Task A_writer_that_was_closed_while_it_slept_goes_on_as_a_new_one_and_overrules_no_end()
    {
        await using var living = await AuditProcess.StartAsync(_database.Url);
        await using var sleeper = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        var open = new ProbeOpened();
        await sleeper.Log.CommitAsync(open, CancellationToken.None);
        var former = sleeper.Lease.Writers.Single();
        await ExpireAsync(sleeper);
        await living.Sweep.SweepOneAsync(CancellationToken.None);

        await sleeper.Log.CommitAsync(new ProbeSettled { Id = open.Id, At = open.At }, CancellationToken.None);
        var next = new ProbeOpened();
        await sleeper.Log.CommitAsync(next, CancellationToken.None);

        (await StatusAsync(open)).ShouldBe("interrupted");
        var writer = await _database.ScalarAsync<Guid>($"select writer from probe.opened where id = '{next.Id}'");
        writer.ShouldNotBe(former);
        (await sleeper.Chains.VerifyAsync(former, CancellationToken.None)).Fault.ShouldBe(ChainFault.None);
        (await sleeper.Chains.VerifyAsync(writer, CancellationToken.None)).Fault.ShouldBe(ChainFault.None);
        await sleeper.Lease.RenewAsync(CancellationToken.None);
        sleeper.Lease.Writers.ShouldBe([writer]);
    }

    [Fact]
    public async Task A_dead_writers_last_transaction_is_not_committed_after_it_was_swept()
    {
        await using var living = await AuditProcess.StartAsync(_database.Url);
        await using var dead = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url);
        var writer = dead.Lease.Writers.Single();
        await ExpireAsync(dead);
        await using var connection = await _database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await living.Sweep.SweepOneAsync(CancellationToken.None);

        await using var advance = new Npgsql.NpgsqlCommand($"select audit.advance('{writer}', 0, 1, '')", connection);
        (await Should.ThrowAsync<Npgsql.PostgresException>(advance.ExecuteNonQueryAsync)).SqlState.ShouldBe("SP001");
    }

    [Fact]
    public async Task The_loop_ends_what_a_dead_neighbour_left_within_lease_and_grace()
    {
        await using var dead = await AuditProcess.StartWithoutHeartbeatAsync(_database.Url, Quick);
        var open = new ProbeOpened();
        await dead.Log.CommitAsync(open, CancellationToken.None);

        await using var living = await AuditProcess.StartAsync(_database.Url, Quick);

        await _database.UntilAsync($"select exists (select from probe.settled where id = '{open.Id}' and status = 'interrupted')");
    }

    [Fact]
    public async Task A_process_that_stops_ends_its_open_calls_and_closes_its_writers()
    {
        var process = await AuditProcess.StartAsync(_database.Url);
        var open = new ProbeOpened();
        await process.Log.CommitAsync(open, CancellationToken.None);
        var writer = process.Lease.Writers.Single();

        await process.DisposeAsync();

        (await StatusAsync(open)).ShouldBe("interrupted");
        (await IsClosedAsync(writer)).ShouldBeTrue();
    }

    private Task ExpireAsync(AuditProcess process) =>
        _database.ExecuteAsync($"update audit.writers set lease_until = now() - interval '1 s' where id = '{process.Lease.Writers.Single()}'; select pg_sleep(greatest(0, extract(epoch from pg_postmaster_start_time() + interval '5 s' - now())))");

    private Task<string> StatusAsync(ProbeOpened row) => _database.ScalarAsync<string>($"select status from probe.settled where id = '{row.Id}'");

    private Task<bool> IsClosedAsync(Guid writer) => _database.ScalarAsync<bool>($"select closed_at is not null from audit.writers where id = '{writer}'");
}
