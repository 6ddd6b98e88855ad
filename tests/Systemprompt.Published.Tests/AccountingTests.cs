using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>What calls count for, whose keys they come with, and whether a provider's export says the same, in the published file.</summary>
[Collection(GatewayTests.Name)]
public sealed class AccountingTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_call_counts_for_the_project_of_its_header_else_of_its_key_and_the_provider_hears_of_neither()
    {
        (await gateway.Host.RunAsync("admin", "users", "create", "pat")).Succeeded();
        var key = (await gateway.Host.RunAsync("admin", "keys", "create", "pat", "--name", "ci", "--project", "of-the-key")).Succeeded().Output.Trim();
        using var pat = gateway.Host.ClientWith(key);
        await Condition.HoldsAsync("the key is known", TimeSpan.FromSeconds(5), async () =>
        {
            using var me = await pat.GetAsync("api/v1/me");
            return me.StatusCode == HttpStatusCode.OK;
        });

        var byKey = await CountedAsync(pat, "claude-haiku-4-5", "counts for the key", null);
        var byHeader = await CountedAsync(pat, "claude-haiku-4-5", "counts for the header", ("x-project", "of/the:header-1"));
        var byOpenAi = await CountedAsync(gateway.Alice, "claude-haiku-4-5", "counts as openai says", ("OpenAI-Project", "proj_Kq3"));
        var byNobody = await CountedAsync(gateway.Alice, "claude-haiku-4-5", "counts for nobody", null);

        (byKey, byHeader, byOpenAi, byNobody).ShouldBe(("of-the-key", "of/the:header-1", "proj_Kq3", null));
        foreach (var text in new[] { "counts for the header", "counts as openai says" })
            (await gateway.SeenAsync(text)).Headers.Keys.ShouldAllBe(name => !name.Contains("project", StringComparison.OrdinalIgnoreCase));
        var costs = (await gateway.Host.RunAsync("analytics", "costs", "--by", "project", "--json")).Succeeded().Json().GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("project").GetString() ?? "");
        foreach (var project in new[] { "of-the-key", "of/the:header-1", "proj_Kq3" })
            (costs[project].GetProperty("calls").GetInt64(), costs[project].GetProperty("cost_microdollars").GetInt64()).ShouldBe((1, 70), project);
        var keys = (await gateway.Host.RunAsync("analytics", "costs", "--by", "key", "--json")).Succeeded().Json().GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("key").GetString() ?? "");
        keys[key[..13]].GetProperty("calls").GetInt64().ShouldBe(2);
        using var admin = await gateway.Host.ClientForAsync("root", "admin");
        (await admin.GetFromJsonAsync<JsonElement>("api/v1/analytics/costs?by=project,user")).GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty("project")} {row.GetProperty("user")}").ShouldContain("of-the-key pat");
        (await gateway.Host.RunAsync("infra", "audit", "evidence", "--project", "of-the-key", "--csv")).Succeeded().Output.ShouldContain(",of-the-key,ai.requests_opened:");
    }

    [Theory]
    [InlineData("v1/messages", "x-project", "two words")]
    [InlineData("v1/chat/completions", "OpenAI-Project", "a,b")]
    [InlineData("v1/messages", "x-project", null)]
    public async Task A_project_that_is_none_is_a_400_in_the_clients_shape_and_never_leaves(string path, string header, string? value)
    {
        value ??= Canary.AwsKey;
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(new { model = "claude-haiku-4-5", max_tokens = 9, messages = new[] { new { role = "user", content = "not sent" } } }) };
        request.Headers.Add(header, value);

        using var answer = await gateway.Alice.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var body = await answer.Content.ReadAsStringAsync();
        JsonElement.Parse(body).GetProperty("error").GetProperty("message").GetString()!.ShouldStartWith($"{header.ToLowerInvariant()}: ");
        body.ShouldNotContain(value);
        (await gateway.Database.ScalarAsync<string>($"select status || ' ' || coalesce(project, 'none') from ai.requests where id = '{GatewayFixture.AuditId(answer)}'")).ShouldBe("failed none");
    }

    [Fact]
    public async Task A_providers_export_is_put_beside_the_calls_that_went_to_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, GatewayFixture.Options(gateway.Upstream));
        using var alice = await host.ClientForAsync("alice");
        for (var number = 0; number < 3; number++)
        {
            using var answer = await GatewayFixture.CallAsync(alice, "claude-haiku-4-5", $"reconciled {number}");
            await answer.Content.ReadAsStringAsync();
        }

        var day = await database.ScalarAsync<string>("select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD') from ai.requests");
        var (input, output, cost) = (await Sum("input_tokens"), await Sum("output_tokens"), await Sum("cost_microdollars"));
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "usage.csv"),
            "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed\r\n"
            + $"{day},claude-haiku-4-5-20251001,\"gateway, main\",Default,standard,≤ 200k,{input},0,0,0,{output},0,global,\r\n", Encoding.UTF8);
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "cost.csv"), $"day,model,cost_usd\n{day},Claude Haiku 4.5,{((cost + 100) / 1_000_000m).ToString(CultureInfo.InvariantCulture)}\n");
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "broken.csv"), $"day,model,cost_usd\n{day},a,1\n{day},a,one\n");

        (await host.RunAsync("analytics", "reconcile", "usage.csv", "--provider", "anthropic", "--tolerance", "0%")).Succeeded().Output.ShouldContain("they agree in all 1 days and models");
        var apart = await host.RunAsync("analytics", "reconcile", "cost.csv", "--provider", "anthropic", "--json");
        apart.ExitCode.ShouldBe(1, apart.Error);
        apart.Json().GetProperty("total").GetProperty("difference").GetProperty("cost_microdollars").GetInt64().ShouldBe(100);
        var broken = await host.RunAsync("analytics", "reconcile", "broken.csv", "--provider", "anthropic");
        broken.ExitCode.ShouldBe(2);
        broken.Error.Trim().ShouldBe("broken.csv: line 3, column cost_usd: is no amount of dollars such as 12.34");

        Task<long> Sum(string column) => database.ScalarAsync<long>($"select sum({column})::bigint from ai.requests where provider = 'anthropic'");
    }

    [Fact]
    public async Task A_key_that_somebody_found_is_found_by_its_beginning_and_not_printed()
    {
        (await gateway.Host.RunAsync("admin", "users", "create", "kim")).Succeeded();
        var key = (await gateway.Host.RunAsync("admin", "keys", "create", "kim", "--name", "laptop")).Succeeded().Output.Trim();

        var found = (await gateway.Host.TypeAsync($"printf %s 'authorization: Bearer {key}' | myco admin keys find - --json")).Succeeded();
        var one = found.Json().EnumerateArray().ShouldHaveSingleItem();
        (one.GetProperty("login").GetString(), one.GetProperty("match").GetString(), one.GetProperty("state").GetString()).ShouldBe(("kim", "key", "active"));
        found.Output.ShouldNotContain(key);
        (await gateway.Host.RunAsync("admin", "keys", "list", "--prefix", key[..9])).Succeeded().Output.ShouldContain("kim");
        (await gateway.Host.RunAsync("admin", "keys", "delete", key[..13])).Succeeded();
        (await gateway.Host.RunAsync("admin", "keys", "find", key[..8])).Succeeded().Output.ShouldMatch("deleted.*kim");
    }

    private async Task<string?> CountedAsync(HttpClient client, string model, string text, (string, string)? header)
    {
        using var answer = await GatewayFixture.CallAsync(client, model, text, header: header);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await gateway.Database.ColumnAsync<string>($"select coalesce(project, '') from ai.requests where id = '{GatewayFixture.AuditId(answer)}'")).Single() is { Length: > 0 } project ? project : null;
    }
}
