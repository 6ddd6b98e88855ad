namespace Systemprompt.Integration.Tests.Audit;

public sealed class ChainCommandTests : IAsyncLifetime
{
    private AuditTrail _trail = null!;

    public async Task InitializeAsync()
    {
        _trail = await AuditTrail.StartAsync();
        for (var at = 0; at < 5; at++) await _trail.CallAsync(at);
    }

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task Whole_chains_verify()
    {
        var all = (await _trail.RunAsync("infra", "audit", "verify", "--json")).Succeeded().Json;
        all.EnumerateArray().Sum(chain => chain.GetProperty("rows").GetInt64()).ShouldBe(10);

        var writer = await BusyWriterAsync();
        var one = (await _trail.RunAsync("infra", "audit", "verify", "--writer", $"{writer}", "--json")).Succeeded().Json;
        one[0].GetProperty("writer").GetGuid().ShouldBe(writer);
    }

    [Fact]
    public async Task An_altered_row_is_named_by_writer_table_and_number()
    {
        var writer = await BusyWriterAsync();
        var seq = await _trail.Database.ScalarAsync<long>($"select max(seq) from ai.requests_settled where writer = '{writer}'");
        await _trail.Database.ExecuteAsync($"update ai.requests_settled set cost_microdollars = 1 where writer = '{writer}' and seq = {seq}");

        var result = await _trail.RunAsync("infra", "audit", "verify", "--json");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {writer}: row {seq} in ai.requests_settled is not as it was written");
        var broken = result.Json.EnumerateArray().Single(chain => chain.GetProperty("writer").GetGuid() == writer);
        broken.GetProperty("fault").GetString().ShouldBe("altered");
        broken.GetProperty("table").GetString().ShouldBe("ai.requests_settled");
        broken.GetProperty("seq").GetInt64().ShouldBe(seq);
    }

    [Fact]
    public async Task A_missing_row_and_a_missing_end_are_told_apart()
    {
        var writer = await BusyWriterAsync();
        await _trail.Database.ExecuteAsync($"delete from ai.requests_opened where writer = '{writer}' and seq = 1");
        (await _trail.RunAsync("infra", "audit", "verify")).Error.Trim().ShouldBe($"writer {writer}: row 1 is missing; the next one found is in ai.requests_settled");

        await _trail.Database.ExecuteAsync($"delete from ai.requests_opened where writer = '{writer}'; delete from ai.requests_settled where writer = '{writer}'");
        var cut = await _trail.RunAsync("infra", "audit", "verify", "--writer", $"{writer}");
        cut.Code.ShouldBe(1);
        cut.Error.Trim().ShouldBe($"writer {writer}: the end is missing or not as it was written, from row 1 on");
    }

    [Fact]
    public async Task An_unknown_writer_fails_and_no_id_is_a_wrong_call()
    {
        var unknown = await _trail.RunAsync("infra", "audit", "verify", "--writer", "00000000-0000-0000-0000-00000000abcd");
        unknown.Code.ShouldBe(1);
        unknown.Error.ShouldContain("there is no writer 00000000-0000-0000-0000-00000000abcd");

        (await _trail.RunAsync("infra", "audit", "verify", "--writer", "first")).Code.ShouldBe(2);
    }

    [Theory]
    [InlineData("ai.requests_opened", "tools = '[]'")]
    [InlineData("ai.requests_opened", "project = 'apollo'")]
    [InlineData("ai.requests_settled", "provider = 'other'")]
    [InlineData("ai.requests_settled", "upstream_model = 'other'")]
    [InlineData("ai.requests_settled", "attempts = 7")]
    [InlineData("ai.requests_settled", "reasoning_tokens = 7")]
    [InlineData("ai.requests_settled", "answer_trace = '[]'")]
    [InlineData("ai.requests_settled", "route = 'other'")]
    [InlineData("ai.requests_settled", "route_reason = 'other'")]
    [InlineData("governance.hook_decisions", "tool_use_id = 'toolu_9'")]
    public async Task Whatever_is_recorded_is_covered(string table, string change)
    {
        await _trail.DecisionAsync(6);
        var writer = await BusyWriterAsync();
        var seq = await ChangeAsync(table, writer, change);

        var result = await _trail.RunAsync("infra", "audit", "verify");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {writer}: row {seq} in {table} is not as it was written");
    }

    [Fact]
    public async Task What_budgets_keep_for_themselves_is_not()
    {
        await ChangeAsync("ai.requests_opened", await BusyWriterAsync(), "budget_replica = gen_random_uuid(), budgets = '[]'");

        (await _trail.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Theory]
    [InlineData("ai.requests_opened", "user_id")]
    [InlineData("ai.requests_opened", "client_address")]
    [InlineData("governance.hook_decisions", "user_id")]
    [InlineData("governance.hook_decisions", "client_address")]
    public async Task Another_name_is_a_fault_and_none_is_an_erasure(string table, string column)
    {
        await _trail.DecisionAsync(6);
        var writer = await BusyWriterAsync();
        var seq = await ChangeAsync(table, writer, $"{column} = 'mallory'");

        var result = await _trail.RunAsync("infra", "audit", "verify", "--json");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {writer}: {column} of row {seq} in {table} is not what was written");
        result.Json.EnumerateArray().Single(chain => chain.GetProperty("writer").GetGuid() == writer).GetProperty("column").GetString().ShouldBe(column);
        await ChangeAsync(table, writer, $"{column} = null");
        (await _trail.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task A_writer_that_only_rows_name_is_found()
    {
        var writer = await BusyWriterAsync();
        await _trail.Database.ExecuteAsync($"delete from audit.writers where id = '{writer}'");

        var result = await _trail.RunAsync("infra", "audit", "verify", "--json");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe($"writer {writer} is not in audit.writers: nothing says where its chain ends; 10 of its rows are as they were written");
        result.Json.EnumerateArray().Single(chain => chain.GetProperty("writer").GetGuid() == writer).GetProperty("fault").GetString().ShouldBe("unregistered");
    }

    /// <summary>Changes the last row of a table, and says its number.</summary>
    private async Task<long> ChangeAsync(string table, Guid writer, string change)
    {
        var seq = await _trail.Database.ScalarAsync<long>($"select max(seq) from {table} where writer = '{writer}'");
        await _trail.Database.ExecuteAsync($"update {table} set {change} where writer = '{writer}' and seq = {seq}");
        return seq;
    }

    private Task<Guid> BusyWriterAsync() => _trail.Database.ScalarAsync<Guid>("select id from audit.writers order by last_seq desc limit 1");
}
