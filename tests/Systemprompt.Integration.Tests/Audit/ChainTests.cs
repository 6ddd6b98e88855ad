using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>What a chain shows of somebody who can write to the tables, and what it does not hold against who may.</summary>
public sealed class ChainTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;
    private AuditProcess _process = null!;

    private Guid Writer => _process.Lease.Writers.Single();

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _process = await AuditProcess.StartAsync(_database.Url);
        for (var i = 1; i <= 5; i++)
        {
            var row = new ProbeOpened { Note = $"{i}", Body = """{"a": [1, "ü"]}""", User = $"user {i}" };
            await _process.Log.CommitAsync(row, new ProbeSettled { Id = row.Id, At = row.At }, CancellationToken.None);
        }

        (await ReportAsync()).ShouldBe((ChainFault.None, 10, null));
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("update probe.opened set note = 'x' where seq = 3", ChainFault.Altered, 2, "probe.opened")]
    [InlineData("update probe.opened set note = null where seq = 1", ChainFault.Altered, 0, "probe.opened")]
    [InlineData("update probe.opened set body = '{\"a\":[1,\"ü\"]}' where seq = 5", ChainFault.Altered, 4, "probe.opened")]
    [InlineData("update probe.opened set at = at + interval '1 microsecond' where seq = 5", ChainFault.Altered, 4, "probe.opened")]
    [InlineData("update probe.opened set user_digest = sha256('mallory') where seq = 7", ChainFault.Altered, 6, "probe.opened")]
    [InlineData("update probe.settled set status = 'failed' where seq = 10", ChainFault.Altered, 9, "probe.settled")]
    [InlineData("update probe.settled set hash = sha256('x') where seq = 4", ChainFault.Altered, 3, "probe.settled")]
    [InlineData("update probe.settled set hash = '' where seq = 4", ChainFault.Altered, 3, "probe.settled")]
    [InlineData("update probe.settled set seq = 12 - seq where seq in (4, 8)", ChainFault.Altered, 3, "probe.settled")]
    [InlineData("delete from probe.opened where seq = 3", ChainFault.Missing, 2, "probe.settled")]
    [InlineData("delete from probe.opened; delete from probe.settled where seq < 10", ChainFault.Missing, 0, "probe.settled")]
    [InlineData("delete from probe.settled where seq = 10", ChainFault.Cut, 9, null)]
    [InlineData("delete from probe.opened; delete from probe.settled", ChainFault.Cut, 0, null)]
    [InlineData("delete from probe.settled where seq = 10; update audit.writers set last_seq = 9", ChainFault.Cut, 9, null)]
    [InlineData("update audit.writers set head = sha256('x')", ChainFault.Cut, 10, null)]
    [InlineData("insert into probe.opened select gen_random_uuid(), at, note, body, user_digest, writer, seq, hash, user_id from probe.opened where seq = 9", ChainFault.Missing, 9, "probe.opened")]
    [InlineData("update probe.opened set user_id = 'mallory' where seq = 3", ChainFault.Altered, 2, "probe.opened")]
    [InlineData("update probe.opened set user_id = user_id || ' ' where seq = 7", ChainFault.Altered, 6, "probe.opened")]
    [InlineData("update audit.writers set last_seq = 9", ChainFault.Stray, 9, "probe.settled")]
    [InlineData("insert into probe.settled select gen_random_uuid(), at, status, writer, 11, hash from probe.settled where seq = 10", ChainFault.Stray, 10, "probe.settled")]
    [InlineData("insert into probe.settled select gen_random_uuid(), at, status, writer, 0, hash from probe.settled where seq = 10", ChainFault.Stray, 0, "probe.settled")]
    public async Task Whatever_is_done_to_the_rows_shows(string sql, object fault, long good, string? table)
    {
        await _database.ExecuteAsync(sql);

        (await ReportAsync()).ShouldBe(((ChainFault)fault, good, table));
    }

    [Fact]
    public async Task A_row_does_not_pass_for_another_writers()
    {
        await using var other = await AuditProcess.StartAsync(_database.Url);
        var row = new ProbeOpened();
        await other.Log.CommitAsync(row, CancellationToken.None);

        await _database.ExecuteAsync($"update probe.opened set writer = '{Writer}', seq = 11 where id = '{row.Id}'; update audit.writers set last_seq = 11, head = (select hash from probe.opened where seq = 11) where id = '{Writer}'");

        (await ReportAsync()).ShouldBe((ChainFault.Altered, 10, "probe.opened"));
    }

    [Fact]
    public async Task Erasing_a_person_leaves_the_chain_whole()
    {
        await _database.ExecuteAsync("update probe.opened set user_id = null where user_id = 'user 2'");

        (await ReportAsync()).ShouldBe((ChainFault.None, 10, null));
    }

    [Fact]
    public async Task A_name_that_was_cut_fits_its_digest_and_a_longer_one_does_not()
    {
        await _process.Log.CommitAsync(new ProbeOpened { User = new string('ü', 600) }, CancellationToken.None);
        (await ReportAsync()).ShouldBe((ChainFault.None, 11, null));

        await _database.ExecuteAsync("update probe.opened set user_id = user_id || 'x' where seq = 11");

        (await ReportAsync()).ShouldBe((ChainFault.Altered, 10, "probe.opened"));
    }

    [Fact]
    public async Task A_name_where_none_was_shows()
    {
        await _process.Log.CommitAsync(new ProbeOpened { User = null }, CancellationToken.None);
        (await ReportAsync()).ShouldBe((ChainFault.None, 11, null));

        await _database.ExecuteAsync("update probe.opened set user_id = '' where seq = 11");

        (await ReportAsync()).ShouldBe((ChainFault.Altered, 10, "probe.opened"));
    }

    [Fact]
    public async Task A_writer_that_was_taken_away_is_missed_as_long_as_a_row_names_it()
    {
        var writer = Writer;
        await _database.ExecuteAsync($"delete from audit.writers where id = '{writer}'");
        (await ReportAsync(writer)).ShouldBe((ChainFault.Unregistered, 10, null));

        await _database.ExecuteAsync("update probe.settled set status = 'failed' where seq = 4");

        (await ReportAsync(writer)).ShouldBe((ChainFault.Unregistered, 3, null));
    }

    [Fact]
    public async Task Rows_written_meanwhile_do_not_confuse_a_look()
    {
        using var end = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested) await _process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        });

        for (var look = 0; look < 20; look++) (await ReportAsync()).Fault.ShouldBe(ChainFault.None);

        await end.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task A_writer_that_never_was_is_said_so() =>
        (await _process.Chains.VerifyAsync(Guid.NewGuid(), CancellationToken.None)).Fault.ShouldBe(ChainFault.UnknownWriter);

    private async Task<(ChainFault Fault, long Rows, string? Table)> ReportAsync(Guid? writer = null)
    {
        var report = await _process.Chains.VerifyAsync(writer ?? Writer, CancellationToken.None);
        return (report.Fault, report.Rows, report.Table);
    }
}
