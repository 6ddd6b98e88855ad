using System.Text.Json;

namespace Systemprompt.Integration.Tests.Analytics;

/// <summary>A provider's export beside the calls that went to it.</summary>
public sealed class ReconcileTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-reconcile-").FullName;
    private Site _site = null!;

    public async Task InitializeAsync()
    {
        _site = await Site.StartAsync(hosts: 0);
        (await _site.Commands.RunAsync("infra", "db", "migrate")).Succeeded();
    }

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_agrees_ends_with_0_and_what_does_not_is_named_by_day_and_model()
    {
        await CallsAsync("2026-08-05", "fast", "claude-haiku-4-5-20251001", input: 100, write5m: 20, write1h: 5, read: 1000, output: 50, cost: 700);
        await CallsAsync("2026-08-05", "claude-haiku-4-5", null, input: 11, output: 1, cost: 16);
        await CallsAsync("2026-08-06", "claude-opus-5", null, input: 1000, output: 10, cost: 5000);
        await CallsAsync("2026-08-06", "claude-sonnet-5", null, input: 9, output: 9, cost: 90, provider: "another");
        var usage = Usage("2026-08-05,claude-haiku-4-5-20251001,111,20,5,1000,51", "2026-08-06,claude-opus-5,1004,0,0,0,10");

        var agreed = await RunAsync(usage);
        agreed.Code.ShouldBe(0, agreed.Out + agreed.Error);
        agreed.Out.ShouldContain("they agree in all 2 days and models");
        agreed.Out.ShouldContain("2026-08-05 to 2026-08-06 UTC, tolerance 1%");

        var strict = await RunAsync(usage, "--tolerance", "0.1%", "--json");
        strict.Code.ShouldBe(1);
        strict.Json.GetProperty("agrees").GetBoolean().ShouldBeFalse();
        strict.Json.GetProperty("figures").EnumerateArray().Select(figure => figure.GetString()).ShouldBe(["input_tokens", "cache_write_tokens", "cache_read_tokens", "output_tokens"]);
        var lines = strict.Json.GetProperty("lines").EnumerateArray().ToList();
        lines.Select(Line).ShouldBe(["2026-08-05 claude-haiku-4-5-20251001 both True 0", "2026-08-06 claude-opus-5 both False 4"]);
        lines[0].GetProperty("calls").GetInt64().ShouldBe(2);
        strict.Json.GetProperty("total").GetProperty("ours").GetProperty("cache_write_tokens").GetInt64().ShouldBe(25);
        var table = await RunAsync(usage, "--tolerance", "0.1%");
        table.Out.ShouldMatch(@"2026-08-06.*claude-opus-5.*input tokens.*1,004.*1,000.*\+4.*0.4%");
        table.Out.ShouldNotContain("haiku");
        table.Out.ShouldContain("they differ in 1 of 2 days and models: 0 only theirs, 0 only ours");
        (await RunAsync(usage, "--all")).Out.ShouldContain("haiku");
    }

    [Fact]
    public async Task What_one_side_alone_has_is_told_and_what_nobody_knows_is_counted_apart()
    {
        await CallsAsync("2026-08-05", "claude-opus-5", null, input: 10, output: 1, cost: 75);
        await CallsAsync("2026-08-06", "claude-opus-5", null, unknown: true);
        var cost = Write("usage_date_utc,model,token_type,cost_usd,cost_type", "2026-08-05,Claude Opus 5,output,0.00005,token", "2026-08-05,Claude Opus 5,input_no_cache,0.000025,token", "2026-08-06,,,0.01,web_search");

        var run = await RunAsync(cost, "--json");

        run.Code.ShouldBe(1);
        run.Json.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("day")} {line.GetProperty("model")} {line.GetProperty("found_in")} {line.GetProperty("difference").GetProperty("cost_microdollars")} {line.GetProperty("usage_unknown")} {line.GetProperty("cost_unknown")}")
            .ShouldBe(["2026-08-05 Claude Opus 5 both 0 0 0", "2026-08-06 (web_search) theirs 10000 0 0", "2026-08-06 claude-opus-5 ours 0 1 1"]);
        var text = await RunAsync(cost);
        text.Out.ShouldContain("only theirs");
        text.Out.ShouldContain("1 only theirs, 0 only ours");
        text.Error.ShouldContain("of 1 calls of ours nobody knows what they took, of 1 what they cost");
        (await RunAsync(cost, "--until", "2026-08-06")).Code.ShouldBe(0);
        (await RunAsync(cost, "--until", "2026-08-06")).Error.ShouldContain("1 lines of the file are of other days");
    }

    [Fact]
    public async Task Sums_of_days_say_the_same_as_their_rows()
    {
        var day = DateTime.UtcNow.Date.AddDays(-1).ToString("yyyy-MM-dd");
        await CallsAsync(day, "fast", "claude-haiku-4-5", input: 100, write5m: 20, read: 1000, output: 50, cost: 700);
        await CallsAsync(day, "fast", "claude-haiku-4-5", unknown: true);
        var plain = Write("day,model,input_tokens,output_tokens,cost_usd", $"{day},claude-haiku-4-5,1120,50,0.0007");

        var rows = (await RunAsync(plain, "--json")).Json;
        await RolledAsync();
        var sums = (await RunAsync(plain, "--json")).Json;

        rows.GetProperty("agrees").GetBoolean().ShouldBeTrue(rows.ToString());
        sums.ToString().ShouldBe(rows.ToString());
        rows.GetProperty("total").GetProperty("usage_unknown").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_file_a_range_or_a_provider_that_is_none_is_explained()
    {
        await CallsAsync("2026-08-05", "claude-opus-5", null, input: 10, output: 1, cost: 75, provider: "anthropic");
        var good = Write("day,model,cost_usd", "2026-08-05,claude-opus-5,0.000075");
        foreach (var (file, options, code, message) in new[]
        {
            (Write("day,model,cost_usd", "2026-08-05,a,1", "2026-08-05,a,x"), "", 2, "line 3, column cost_usd: is no amount of dollars"),
            (Write("date,who"), "", 2, "these are the columns of no export that is known"),
            (Write("day,model,cost_usd"), "", 2, "has no line with a figure"),
            (Path.Combine(_folder, "none.csv"), "", 2, "cannot be read"),
            (_folder, "", 2, "cannot be read"),
            (good, "--tolerance 1", 2, "--tolerance 1 is no part such as 1%"),
            (good, "--tolerance -1%", 2, "--tolerance"),
            (good, "--since 2026-08-06 --until 2026-08-05", 2, "--since: 2026-08-06 is not before 2026-08-05"),
            (good, "--since soon", 2, "--since soon"),
            (good, "--since 2021-01-01", 2, "--since: the range is longer than 1100 days"),
            (good, "--provider anthropc", 1, "no call of these days went to a provider 'anthropc'; calls went to anthropic"),
        })
        {
            var run = await _site.Commands.RunAsync(["analytics", "reconcile", file, .. options.Contains("--provider", StringComparison.Ordinal) ? Array.Empty<string>() : ["--provider", "anthropic"], .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

            run.Code.ShouldBe(code, $"{options} {run.Out}{run.Error}");
            run.Error.ShouldContain(message);
        }
    }

    private static string Line(JsonElement line) => $"{line.GetProperty("day")} {line.GetProperty("model")} {line.GetProperty("found_in")} {line.GetProperty("agrees").GetBoolean()} {line.GetProperty("difference").GetProperty("input_tokens")}";

    private string Usage(params string[] lines) => Write(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens", lines);

    private string Write(string header, params string[] lines)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.csv");
        File.WriteAllLines(file, [header, .. lines]);
        return file;
    }

    private Task<CommandResult> RunAsync(string file, params string[] options) => _site.Commands.RunAsync(["analytics", "reconcile", file, "--provider", "anthropic", .. options]);

    private async Task RolledAsync()
    {
        var source = Ai.RequestStore.Facts;
        await using var services = await _site.Commands.ServicesAsync();
        var store = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Systemprompt.Analytics.FactStore>(services.Provider);
        await store.RollAsync(source, DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-1)), CancellationToken.None);
        await _site.Database.ExecuteAsync("truncate ai.requests_opened, ai.requests_settled");
    }

    private async Task CallsAsync(string day, string model, string? upstream, long input = 0, long write5m = 0, long write1h = 0, long read = 0, long output = 0, long cost = 0, bool unknown = false, string provider = "anthropic")
    {
        var id = Guid.NewGuid();
        await _site.Database.ExecuteAsync(
            $"""
             insert into ai.requests_opened (id, opened_at, tenant, tier, provider, model, stream, request_bytes, writer, seq, hash)
             values ('{id}', '{day} 12:00Z', 'tests', 'user', '{provider}', '{model}', true, 9, gen_random_uuid(), 1, '');
             insert into ai.requests_settled (id, opened_at, completed_at, status, input_tokens, output_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, usage_unknown, usage_estimated,
                    cost_microdollars, cost_unknown, response_bytes, upstream_model, writer, seq, hash)
             values ('{id}', '{day} 12:00Z', '{day} 12:01Z', 'completed', {input}, {output}, {write5m}, {write1h}, {read}, {unknown}, false, {(unknown ? "null" : cost)}, {unknown}, 9, {(upstream is null ? "null" : $"'{upstream}'")}, gen_random_uuid(), 2, '')
             """);
    }
}
