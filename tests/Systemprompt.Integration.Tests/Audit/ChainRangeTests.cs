namespace Systemprompt.Integration.Tests.Audit;

/// <summary>Parts of a chain, and what is left of it when a day was let go: three days, each with two calls of two rows.</summary>
public sealed class ChainRangeTests : IAsyncLifetime
{
    private const string End = "the end is missing or not as it was written, from row";

    private AuditTrail _trail = null!;
    private Guid _writer;

    public async Task InitializeAsync()
    {
        _trail = await AuditTrail.StartAsync();
        foreach (var day in new[] { 0, 1, 2 })
        {
            await _trail.CallAsync(day * 1440);
            await _trail.CallAsync((day * 1440) + 1);
        }

        _writer = await _trail.Database.ScalarAsync<Guid>("select id from audit.writers where last_seq = 12");
    }

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task What_is_left_verifies_when_a_day_was_let_go()
    {
        await LetGoAsync();

        (await VerifyAsync()).Error.Trim().ShouldBe($"writer {_writer}: row 1 is missing; the next one found is in ai.requests_opened");
        var left = (await VerifyAsync("--since", "2026-03-02", "--json")).Succeeded();

        left.Error.Trim().ShouldBe($"writer {_writer}: row 5 itself could not be checked: the row before it is gone");
        var chain = left.Json.EnumerateArray().ShouldHaveSingleItem();
        chain.GetProperty("writer").GetGuid().ShouldBe(_writer);
        (chain.GetProperty("rows").GetInt64(), chain.GetProperty("unchecked").GetInt64()).ShouldBe((7, 5));
        chain.GetProperty("head").GetString().ShouldBe(await _trail.Database.ScalarAsync<string>($"select encode(head, 'hex') from audit.writers where id = '{_writer}'"));
    }

    [Theory]
    [InlineData("update ai.requests_settled set cost_microdollars = 1 where seq = 8", "row 8 in ai.requests_settled is not as it was written")]
    [InlineData("update ai.requests_opened set user_id = 'bob' where seq = 7", "user_id of row 7 in ai.requests_opened is not what was written")]
    [InlineData("delete from ai.requests_opened where seq = 7", "row 7 is missing; the next one found is in ai.requests_settled")]
    [InlineData("delete from ai.requests_settled where seq = 12", End + " 12 on")]
    [InlineData("delete from ai.requests_opened; delete from ai.requests_settled", End + " 1 on")]
    [InlineData("update audit.writers set head = sha256('x')", End + " 13 on")]
    [InlineData("update audit.writers set last_seq = 11", "row 12 is none that it wrote")]
    public async Task Whatever_is_done_to_what_is_left_shows(string sql, string sentence)
    {
        await LetGoAsync();
        await _trail.Database.ExecuteAsync(sql);

        var result = await VerifyAsync("--since", "2026-03-02");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {_writer}: {sentence}");
    }

    [Fact]
    public async Task All_rows_of_a_range_cannot_go_unseen_while_earlier_ones_are_there()
    {
        await _trail.Database.ExecuteAsync("update audit.writers set started_at = '2026-01-01'; delete from ai.requests_opened where opened_at >= '2026-03-02Z'; delete from ai.requests_settled where opened_at >= '2026-03-02Z'");

        var result = await VerifyAsync("--since", "2026-03-02");

        result.Code.ShouldBe(1);
        result.Error.ShouldContain($"writer {_writer}: {End}");
    }

    [Fact]
    public async Task A_writer_that_was_let_go_whole_is_said_and_is_no_fault()
    {
        await _trail.Database.ExecuteAsync("update audit.writers set started_at = '2026-01-01'; delete from ai.requests_opened; delete from ai.requests_settled");

        (await VerifyAsync("--since", "2026-03-04")).Succeeded().Error.ShouldContain($"writer {_writer}: none of its 12 rows is left");
    }

    [Fact]
    public async Task A_range_with_an_end_is_a_part_that_follows_a_row_and_is_followed_by_one()
    {
        var part = (await VerifyAsync("--since", "2026-03-02", "--until", "2026-03-03", "--writer", $"{_writer}", "--json")).Succeeded();
        part.Error.ShouldBeEmpty();
        part.Json.EnumerateArray().ShouldHaveSingleItem().GetProperty("rows").GetInt64().ShouldBe(4);

        await _trail.Database.ExecuteAsync("delete from ai.requests_opened where seq = 9");

        (await VerifyAsync("--since", "2026-03-02", "--until", "2026-03-03")).Error.Trim().ShouldBe($"writer {_writer}: row 9 is missing");
    }

    [Fact]
    public async Task Without_since_nothing_may_be_gone()
    {
        await LetGoAsync();

        var result = await VerifyAsync("--until", "2026-03-03");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {_writer}: row 4 is missing");
    }

    [Fact]
    public async Task A_writer_that_only_rows_name_is_a_fault_in_a_range_too()
    {
        await _trail.Database.ExecuteAsync("delete from audit.writers");

        var result = await VerifyAsync("--since", "2026-03-02");

        result.Code.ShouldBe(1);
        result.Error.ShouldStartWith($"writer {_writer} is not in audit.writers");
    }

    [Fact]
    public async Task An_empty_range_says_so() => (await VerifyAsync("--until", "2026-02-01")).Succeeded().Error.Trim().ShouldBe("no rows are in the range");

    [Fact]
    public async Task A_writer_that_there_is_not_is_no_empty_range()
    {
        var result = await VerifyAsync("--since", "2026-03-02", "--writer", "0193a5c2-f0b0-7e2a-9c1d-000000000001");

        result.Code.ShouldBe(1);
        result.Error.ShouldContain("there is no writer 0193a5c2-f0b0-7e2a-9c1d-000000000001");
    }

    [Theory]
    [InlineData("--file x --since 1h", "leave out --writer, --since and --until")]
    [InlineData("--since 1h --until 2h", "--since 1h is not before --until 2h")]
    public async Task A_wrong_call_is_explained(string options, string message)
    {
        var result = await VerifyAsync(options.Split(' '));

        result.Code.ShouldBe(2);
        result.Error.ShouldContain(message);
    }

    private Task LetGoAsync() => _trail.Database.ExecuteAsync("delete from ai.requests_opened where opened_at < '2026-03-02Z'; delete from ai.requests_settled where opened_at < '2026-03-02Z'");

    private Task<CommandResult> VerifyAsync(params string[] options) => _trail.RunAsync(["infra", "audit", "verify", .. options]);
}
