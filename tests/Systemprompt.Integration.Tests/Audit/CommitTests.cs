using Npgsql;
using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

public sealed class CommitTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_row_is_there_when_its_task_completes()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        var row = new ProbeOpened { Note = "first", Body = """{"a":1}""" };

        await process.Log.CommitAsync(row, CancellationToken.None);

        (await _database.ScalarAsync<string>($"select note || body || user_id from probe.opened where id = '{row.Id}'")).ShouldBe("""first{"a":1}alice""");
    }

    [Fact]
    public async Task Twenty_thousand_concurrent_rows_are_twenty_thousand_rows_in_few_commits()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, cancellation) =>
        {
            foreach (var portion in Enumerable.Range(0, 313).Chunk(8))
                await Task.WhenAll(portion.Select(_ => process.Log.CommitAsync(new ProbeOpened(), cancellation).AsTask()));
        });

        (await _database.ScalarAsync<long>("select count(*) from probe.opened")).ShouldBe(64 * 313);
        process.State.Committed.ShouldBe(64 * 313);
        process.State.Commits.ShouldBeLessThan(64 * 313 / 4);
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task A_row_reads_the_same_whether_it_was_committed_alone_or_among_hundreds()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url, new AuditSettings { Lanes = 1 });
        ProbeOpened[] Pair() => [new() { Note = "ä\n", Body = """{"a":"ö"}""", User = "" }, new() { Note = null, Body = null, User = null }];
        foreach (var row in Pair()) await process.Log.CommitAsync(row, CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 400).SelectMany(_ => Pair()).Select(row => process.Log.CommitAsync(row, CancellationToken.None).AsTask()));

        (await _database.ScalarAsync<long>("select max(n) from (select count(*) n from probe.opened group by xmin) t")).ShouldBeGreaterThan(100, "no batch was large");
        (await _database.ScalarAsync<long>("select count(*) from probe.opened where note is null and body is null and user_id is null and user_digest is null")).ShouldBe(401);
        (await _database.ScalarAsync<long>("""select count(*) from probe.opened where note = E'ä\n' and body::text = '{"a":"ö"}' and user_id = ''""")).ShouldBe(401);
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task Two_rows_of_one_call_share_a_transaction()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        var row = new ProbeOpened();

        await process.Log.CommitAsync(row, new ProbeSettled { Id = row.Id, At = row.At }, CancellationToken.None);

        (await _database.ScalarAsync<bool>("select o.xmin = s.xmin from probe.opened o, probe.settled s")).ShouldBeTrue();
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task A_row_that_PostgreSQL_does_not_take_fails_only_its_own_call()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url, new AuditSettings { Lanes = 1 });
        var calls = Enumerable.Range(0, 200)
            .Select(i => process.Log.CommitAsync(new ProbeOpened { Note = i == 77 ? ProbeRoom.Poison : $"{i}" }, CancellationToken.None).AsTask())
            .ToList();

        var failed = await Failures(calls);

        failed.ShouldBe([77]);
        (await _database.ScalarAsync<long>("select count(*) from probe.opened")).ShouldBe(199);
        process.State.Rejected.ShouldBe(1);
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task A_row_that_is_already_there_counts_as_committed()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url, new AuditSettings { Lanes = 1 });
        var (id, at) = (Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
        await process.Log.CommitAsync(new ProbeSettled { Id = id, At = at, Status = "interrupted" }, CancellationToken.None);

        var calls = Enumerable.Range(0, 50)
            .Select(i => process.Log.CommitAsync(new ProbeSettled { Id = i == 20 ? id : Guid.CreateVersion7(), At = at }, CancellationToken.None).AsTask())
            .ToList();
        await Task.WhenAll(calls);

        (await _database.ScalarAsync<long>("select count(*) from probe.settled")).ShouldBe(50);
        (await _database.ScalarAsync<string>($"select status from probe.settled where id = '{id}'")).ShouldBe("interrupted");
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task Any_content_is_taken()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        var row = new ProbeOpened
        {
            Note = "nul \0, lone \ud800 and \udc00, pair \U0001F34D",
            Body = """["\u0000", "\ud800", "\udc00x", "\ud83c\udf4d", "\\u0000", 1e999999]""",
            User = "\0bob",
        };

        await process.Log.CommitAsync(row, CancellationToken.None);

        (await _database.ScalarAsync<string>("select note from probe.opened")).ShouldBe("nul \ufffd, lone \ufffd and \ufffd, pair \U0001F34D");
        (await _database.ScalarAsync<string>("select body::jsonb::text from probe.opened")).ShouldNotBeNull();
        (await _database.ScalarAsync<bool>("select user_digest = sha256(uuid_send(id) || convert_to(user_id, 'UTF8')) from probe.opened")).ShouldBeTrue();
        await ChainsShouldVerify(process);
    }

    [Fact]
    public async Task Commits_are_durable_whatever_the_role_says()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        await using var connection = await _database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(
            """
            set local synchronous_commit = off;
            insert into audit.writers (id, tenant, instance, lane, host, pid, lease_until, head) values ('00000000-0000-0000-0000-000000000001', 't', gen_random_uuid(), 0, 'h', 1, now(), '');
            select audit.advance('00000000-0000-0000-0000-000000000001', 0, 1, '');
            select current_setting('synchronous_commit')
            """, connection);
        var settings = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
                if (reader.GetValue(0) is string value) settings.Add(value);
        }
        while (await reader.NextResultAsync());

        settings[^1].ShouldBe("on");
    }

    internal static async Task<int[]> Failures(List<Task> calls)
    {
        await Task.WhenAll(calls).ContinueWith(static _ => { }, TaskScheduler.Default);
        return [.. calls.Index().Where(call => call.Item.Exception?.InnerException is AuditUnavailableException).Select(call => call.Index)];
    }

    internal static async Task ChainsShouldVerify(AuditProcess process)
    {
        // After an outage the lanes have mended their sessions; the pool that the verifier takes from still offers those that were ended.
        process.Database.Clear();
        foreach (var writer in process.Lease.Writers)
            (await process.Chains.VerifyAsync(writer, CancellationToken.None)).Fault.ShouldBe(ChainFault.None);
    }
}
