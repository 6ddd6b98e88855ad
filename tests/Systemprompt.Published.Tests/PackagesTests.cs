using System.Text;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>Packages that work by reflection, and anonymous types, do published what they do under <c>dotnet run</c>.</summary>
public sealed class PackagesTests(PackagesFixture packages) : IClassFixture<PackagesFixture>
{
    [Fact]
    public async Task An_anonymous_type_keeps_its_members() =>
        (await SameAsync("anonymous", null)).ShouldBe("""{"name":"anonymous","inner":{"count":2,"items":[1,2]},"when":"2026-01-02"}""");

    [Fact]
    public async Task Newtonsoft_reads_private_setters_and_writes_every_member()
    {
        var answer = await SameAsync("newtonsoft", """{"order_id":"0f8fad5b-d9cb-469f-a165-70867728950e","Lines":[{"Name":"a","Price":1.5,"Count":2},{"Name":"b","Price":2,"Count":1}]}""");

        var json = JsonElement.Parse(answer);
        json.GetProperty("total").GetDecimal().ShouldBe(5);
        json.GetProperty("order").GetProperty("order_id").GetString().ShouldBe("0f8fad5b-d9cb-469f-a165-70867728950e");
        json.GetProperty("order").GetProperty("Lines").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task CsvHelper_reads_and_writes_records()
    {
        var json = JsonElement.Parse(await SameAsync("csv", "Name,Price,Count\nb,2.5,2\na,1,1\n"));

        json[0].GetProperty("sum").GetDecimal().ShouldBe(5);
        json[0].GetProperty("csv").GetString().ShouldBe("Name,Price,Count\r\na,1,1\r\nb,2.5,2\r\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_customers_chat_client_answers_the_vendors_client_with_thinking_tools_and_a_priced_row(bool published)
    {
        var host = published ? packages.Published : packages.Built;
        const string tools = """[{"name":"tide","description":"Tides of a port.","input_schema":{"type":"object","properties":{"port":{"type":"string"}}}}]""";

        var called = JsonElement.Parse(await CallAsync(host, $$"""{"model":"tide-1","max_tokens":64,"tools":{{tools}},"messages":[{"role":"user","content":[{"type":"text","text":"When?"}]}]}"""));

        called.GetProperty("stop_reason").GetString().ShouldBe("tool_use");
        called.GetProperty("content").EnumerateArray().Select(block => block.GetProperty("type").GetString()).ShouldBe(["thinking", "tool_use"]);
        called.GetProperty("content")[1].GetProperty("input").GetRawText().ShouldBe("""{"port":"Oban","schema":"object"}""");
        (called.GetProperty("usage").GetProperty("input_tokens").GetInt32(), called.GetProperty("usage").GetProperty("cache_read_input_tokens").GetInt32()).ShouldBe((40, 10));
        var next = $$"""{"model":"tide-1","max_tokens":64,"stream":true,"tools":{{tools}},"messages":[{"role":"user","content":"When?"},{"role":"assistant","content":{{called.GetProperty("content").GetRawText()}}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call-1","content":"six"}]}]}""";
        var events = (await CallAsync(host, next)).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonElement.Parse(line[6..])).ToList();
        string.Concat(events.Where(each => each.GetProperty("type").GetString() == "content_block_delta" && each.GetProperty("delta").TryGetProperty("text", out _)).Select(each => each.GetProperty("delta").GetProperty("text").GetString()))
            .ShouldBe("The tool says six.");
        events[^1].GetProperty("type").GetString().ShouldBe("message_stop");
        var rows = (await host.RunAsync("infra", "audit", "list", "--model", "tide-1", "--status", "completed", "--limit", "2", "--json")).Succeeded().Json();
        rows.EnumerateArray().Select(row => row.GetProperty("cost_microdollars").GetInt64()).ShouldBe([40 + 1 + 60, 40 + 1 + 60]);

        var broken = await CallAsync(host, """{"model":"tide-1","max_tokens":64,"messages":[{"role":"user","content":"break"}]}""", 502);
        broken.ShouldContain("provider own failed");
        broken.ShouldNotContain("sk-tide");
    }

    [Fact]
    public async Task A_customers_route_selector_sends_a_call_to_its_model_and_is_listed()
    {
        (await CallAsync(packages.Published, """{"model":"tide","max_tokens":64,"messages":[{"role":"user","content":"When?"}]}""")).ShouldContain("High water at six.");

        (await packages.Published.RunAsync("infra", "audit", "list", "--model", "tide", "--json")).Succeeded().Output.ShouldContain("by-size (chosen): small");
        (await packages.Published.RunAsync("gateway", "routes", "test", "tide")).Succeeded().Output.ShouldContain("tide-1");
        var shown = (await packages.Published.RunAsync("extensions", "show", "tides")).Succeeded().Output;
        shown.ShouldContain("tide-table");
        shown.ShouldContain("by-size");
        (await packages.Published.RunAsync("gateway", "providers")).Succeeded().Output.ShouldContain("client tide-table");
    }

    /// <summary>A call as the vendor's JavaScript client makes it.</summary>
    private static async Task<string> CallAsync(PublishedHost host, string body, int status = 200)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/messages") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var alice = await host.ClientForAsync("alice");
        foreach (var (name, value) in new[]
        {
            ("x-api-key", alice.DefaultRequestHeaders.Authorization!.Parameter!), ("anthropic-version", "2023-06-01"), ("user-agent", "Anthropic/JS 0.70.0"), ("x-stainless-lang", "js"),
            ("x-stainless-package-version", "0.70.0"), ("x-stainless-runtime", "node"), ("x-stainless-retry-count", "0"), ("x-stainless-timeout", "600"), ("accept", "application/json"),
        })
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await host.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, $"{text}\n{host.Log.Text}");
        return text;
    }

    private async Task<string> SameAsync(string path, string? body)
    {
        var published = await AskAsync(packages.Published, path, body);
        published.ShouldBe(await AskAsync(packages.Built, path, body));
        return published;
    }

    private static async Task<string> AskAsync(PublishedHost host, string path, string? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"api/v1/reports/{path}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        using var answer = await host.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode} {text}\n{host.Log.Text}");
        return text;
    }
}
