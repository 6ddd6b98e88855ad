using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Profiles;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>With <c>audit.mode: journal</c> calls go on while the database is away, and afterwards every row is there, once.</summary>
public sealed class JournalTests : IAsyncLifetime
{
    private static readonly AuditSettings WithJournal = new() { Mode = AuditMode.Journal, CommitTimeout = TimeSpan.FromSeconds(2) };
    private readonly ConcurrentBag<Guid> _opened = [], _settled = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-journal-").FullName;
    private PostgresCluster _cluster = null!;
    private volatile bool _ended;
    private int _refused;

    public async Task InitializeAsync() => _cluster = await PostgresCluster.StartAsync("fsync=on");

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Calls_go_on_through_three_outages_and_every_row_is_there_once()
    {
        await using var process = await StartAsync();
        var load = Load(process);
        for (var round = 0; round < 3; round++)
        {
            var before = _settled.Count;
            await Until(() => _settled.Count > before + 200);
            await _cluster.StopServerAsync(round == 0 ? "INT" : "KILL");
            await Until(() => process.Journal.Rows > 0);
            before = _settled.Count;
            await Until(() => _settled.Count > before + 300);
            var health = await process.HealthAsync();
            health.Status.ShouldBe(HealthStatus.Degraded);
            health.Description!.ShouldContain("rows wait in the journal");
            await _cluster.StartServerAsync("fsync=on");
            await Until(() => process.State.IsUp);
        }

        _ended = true;
        await Task.WhenAll(load);
        await Until(() => process.HealthAsync().Result.Status == HealthStatus.Healthy);

        _refused.ShouldBe(0);
        await RowsShouldBeThereAsync();
        process.State.Lost.ShouldBe(0);
        Files().ShouldBeEmpty();
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task What_a_process_leaves_in_its_journal_the_next_start_writes_and_what_was_open_is_interrupted()
    {
        ProbeOpened open = new(), ended = new(), before = new();
        await using (var process = await StartAsync())
        {
            await process.Log.CommitAsync(before, CancellationToken.None);
            await _cluster.StopServerAsync("KILL");
            await process.Log.CommitAsync(open, CancellationToken.None);
            await process.Log.CommitAsync(ended, CancellationToken.None);
            await process.Log.CommitAsync(new ProbeSettled { Id = ended.Id, At = ended.At }, CancellationToken.None);
            await process.Log.CommitAsync(new ProbeSettled { Id = before.Id, At = before.At }, CancellationToken.None);
        }

        var left = Files().ShouldHaveSingleItem();
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(left).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _cluster.StartServerAsync("fsync=on");

        // Also when the mode is another by now.
        await using var next = await StartAsync(new AuditSettings());

        (await ColumnAsync("select o.id || ' ' || s.status from probe.opened o left join probe.settled s on s.id = o.id order by o.id"))
            .ShouldBe(new[] { $"{open.Id} interrupted", $"{ended.Id} completed", $"{before.Id} completed" }.Order(StringComparer.Ordinal), ignoreOrder: true);
        Files().ShouldBeEmpty();
        await CommitTests.ChainsShouldVerify(next);
    }

    [Fact]
    public async Task The_end_of_a_call_in_a_dead_process_journal_wins_over_another_replicas_sweep()
    {
        var quick = new AuditSettings { Lease = TimeSpan.FromSeconds(2), Heartbeat = TimeSpan.FromMilliseconds(100) };
        ProbeOpened ended = new(), open = new();
        await using (var process = await StartAsync(WithJournal with { Lease = quick.Lease, Heartbeat = quick.Heartbeat }))
        {
            await process.Log.CommitAsync(ended, CancellationToken.None);
            await process.Log.CommitAsync(open, CancellationToken.None);
            await _cluster.StopServerAsync("KILL");
            await process.Log.CommitAsync(new ProbeSettled { Id = ended.Id, At = ended.At }, CancellationToken.None);
        }

        await _cluster.StartServerAsync("fsync=on");
        await using var other = await AuditProcess.StartAsync(_cluster.Url("postgres"), quick);
        await Until(() => other.Lease.HeldFor > quick.Lease * 2);
        (await ColumnAsync("select (lease_until < now())::text from audit.writers order by started_at limit 1")).ShouldBe(["true"]);
        (await other.Sweep.SweepOneAsync(CancellationToken.None)).ShouldBeFalse();
        (await ColumnAsync("select status from probe.settled")).ShouldBeEmpty();

        await using (await StartAsync())
        {
            (await ColumnAsync($"select status from probe.settled where id = '{ended.Id}'")).ShouldBe(["completed"]);
            // What has no end in it has none: nobody waits for it any more.
            await UntilAsync(async () => (await ColumnAsync($"select status from probe.settled where id = '{open.Id}'")) is ["interrupted"]);
        }

        Directory.GetFiles(_folder).ShouldBeEmpty();
        await CommitTests.ChainsShouldVerify(other);
    }

    [Fact]
    public async Task A_journal_whose_machine_never_comes_back_is_waited_for_so_long_and_no_longer()
    {
        var quick = new AuditSettings { Lease = TimeSpan.FromSeconds(2), Heartbeat = TimeSpan.FromMilliseconds(100) };
        ProbeOpened open = new();
        await using (var process = await StartAsync(WithJournal with { Lease = quick.Lease, Heartbeat = quick.Heartbeat, JournalGrace = TimeSpan.FromSeconds(1) }))
        {
            await process.Log.CommitAsync(open, CancellationToken.None);
            await _cluster.StopServerAsync("KILL");
        }

        await _cluster.StartServerAsync("fsync=on");
        await using var other = await AuditProcess.StartAsync(_cluster.Url("postgres"), quick);

        await UntilAsync(async () => (await ColumnAsync("select status from probe.settled")) is ["interrupted"]);
    }

    [Fact]
    public async Task A_journal_that_was_written_already_is_written_once_and_a_torn_end_is_left_out()
    {
        var rows = Enumerable.Range(0, 1500).Select(_ => new ProbeOpened()).ToList();
        await using (var process = await StartAsync())
        {
            await _cluster.StopServerAsync("KILL");
            // The first one finds out.
            await process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
            await Task.WhenAll(rows.Select(row => process.Log.CommitAsync(row, CancellationToken.None).AsTask()));
        }

        var file = Files().ShouldHaveSingleItem();
        var whole = await File.ReadAllBytesAsync(file);
        await _cluster.StartServerAsync("fsync=on");
        await using (var next = await StartAsync()) (await CountAsync()).ShouldBe(1501);

        // As if the process had died before it could delete the file, and in the middle of a record.
        await File.WriteAllBytesAsync(file, whole[..^10]);
        await using var last = await StartAsync();

        (await CountAsync()).ShouldBe(1501);
        Files().ShouldBeEmpty();
        last.State.Rejected.ShouldBe(0);
        await CommitTests.ChainsShouldVerify(last);
    }

    [Fact]
    public async Task A_full_journal_refuses_calls_and_still_takes_the_ends_of_those_that_are_open()
    {
        await using var process = await StartAsync(WithJournal with { JournalMax = ByteSize.Megabytes(1) });
        var open = new ProbeOpened();
        await process.Log.CommitAsync(open, CancellationToken.None);
        await _cluster.StopServerAsync("KILL");

        var taken = 0L;
        var refusal = await Should.ThrowAsync<AuditUnavailableException>(async () =>
        {
            for (; ; taken++) await process.Log.CommitAsync(new ProbeOpened { Body = $"\"{new string('x', 4000)}\"" }, CancellationToken.None);
        });
        refusal.Message.ShouldContain("the journal is full (1MB)");
        taken.ShouldBeGreaterThan(150);
        (await process.HealthAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
        process.Journal.IsServing.ShouldBeFalse();
        await process.Log.CommitAsync(new ProbeSettled { Id = open.Id, At = open.At }, CancellationToken.None);

        await _cluster.StartServerAsync("fsync=on");
        await Until(() => process.HealthAsync().Result.Status == HealthStatus.Healthy);
        (await CountAsync()).ShouldBe(taken + 1);
        (await ColumnAsync($"select status from probe.settled where id = '{open.Id}'")).ShouldBe(["completed"]);
        await process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
    }

    [Fact]
    public async Task A_journal_that_could_not_be_written_is_no_fault_any_more_when_the_database_is_back()
    {
        await using var process = await StartAsync();
        // Something else has the name of its first file.
        var instance = Path.GetFileNameWithoutExtension(Directory.GetFiles(_folder, "*.lock").ShouldHaveSingleItem());
        Directory.CreateDirectory(Path.Combine(_folder, $"{instance}-000001.rows"));
        await _cluster.StopServerAsync("KILL");

        var refusal = await Should.ThrowAsync<AuditUnavailableException>(() => process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask());

        refusal.Message.ShouldBe("The audit row could not be written to the journal.");
        var health = await process.HealthAsync();
        health.Status.ShouldBe(HealthStatus.Unhealthy);
        health.Description!.ShouldContain("the journal cannot be written");
        process.Journal.IsServing.ShouldBeFalse();

        // Nothing is written to the journal after that.
        await _cluster.StartServerAsync("fsync=on");
        await Until(() => process.HealthAsync().Result.Status == HealthStatus.Healthy);
        await Until(() => process.Journal.IsServing);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_hangs_costs_the_first_calls_their_patience_and_no_call_its_row()
    {
        await using var process = await StartAsync();
        await process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        await using var holder = await ConnectAsync();
        var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table probe.opened in access exclusive mode", holder)) await hold.ExecuteNonQueryAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask()));

        process.Journal.Rows.ShouldBe(20);
        await transaction.RollbackAsync();
        await Until(() => process.Journal.Rows == 0);
        (await CountAsync()).ShouldBe(21);
        (await ColumnAsync("select status from probe.settled")).ShouldBeEmpty();
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_ends_the_start_with_a_sentence()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");

        var fault = await Should.ThrowAsync<Systemprompt.Cli.CliException>(() => AuditProcess.StartAsync(_cluster.Url("postgres"), WithJournal, journal: Path.Combine(file, "audit")));

        fault.Message.ShouldStartWith("audit.mode journal needs a folder that this process can write to: ");
    }

    private Task<AuditProcess> StartAsync(AuditSettings? settings = null) => AuditProcess.StartAsync(_cluster.Url("postgres"), settings ?? WithJournal, journal: _folder);

    private string[] Files() => [.. Directory.GetFiles(_folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))];

    private List<Task> Load(AuditProcess process) =>
    [
        .. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!_ended)
            {
                var row = new ProbeOpened();
                try
                {
                    await process.Log.CommitAsync(row, CancellationToken.None);
                    _opened.Add(row.Id);
                    await process.Log.CommitAsync(new ProbeSettled { Id = row.Id, At = row.At }, CancellationToken.None);
                    _settled.Add(row.Id);
                }
                catch (AuditUnavailableException)
                {
                    Interlocked.Increment(ref _refused);
                    await Task.Yield();
                }
            }
        })),
    ];

    private async Task RowsShouldBeThereAsync()
    {
        (await CountAsync()).ShouldBe(_opened.Count);
        (await ColumnAsync("select count(*)::text from probe.settled where status = 'completed'")).ShouldBe([$"{_settled.Count}"]);
        (await ColumnAsync("select count(*)::text from probe.opened o where not exists (select from probe.settled s where s.id = o.id and s.at = o.at)")).ShouldBe(["0"]);
    }

    private async Task<long> CountAsync() => long.Parse((await ColumnAsync("select count(*)::text from probe.opened"))[0]);

    private async Task<IReadOnlyList<string>> ColumnAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync()) values.Add(reader.GetString(0));
        return values;
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{Systemprompt.Database.ConnectionUrl.Parse(_cluster.Url("postgres")).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition()) await Task.Delay(50, limit.Token);
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(10, limit.Token);
    }
}
