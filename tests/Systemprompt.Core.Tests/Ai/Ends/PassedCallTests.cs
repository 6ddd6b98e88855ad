using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Ends;

/// <summary>What a call came to whose first provider took it and gave no answer.</summary>
public sealed class PassedCallTests
{
    private const string Answer = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"here"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}""";

    [Theory]
    [InlineData("gone/any")]
    [InlineData("two/down")]
    [InlineData("two/refuses")]
    public async Task A_call_that_ends_without_an_answer_may_still_owe_the_provider_that_was_passed(string second)
    {
        await using var gateway = await StartAsync("one/cuts", second);

        using var response = await gateway.SendAsync(GatewayFixture.Body("fast"));

        response.IsSuccessStatusCode.ShouldBeFalse();
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Attempts, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Failed, 2, true, null));
    }

    [Fact]
    public async Task An_answer_of_the_next_provider_has_that_ones_price()
    {
        await using var gateway = await StartAsync("one/cuts", "two/good");

        using var response = await gateway.SendAsync(GatewayFixture.Body("fast"));

        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.Provider, row.Attempts, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Completed, "two", 2, false, (10 * 2) + (5 * 20)));
    }

    [Fact]
    public async Task A_call_that_no_provider_took_costs_nothing()
    {
        await using var gateway = await StartAsync("one/down", "gone/any");

        using var response = await gateway.SendAsync(GatewayFixture.Body("fast"));

        response.IsSuccessStatusCode.ShouldBeFalse();
        var row = await gateway.Audit.SettledAsync();
        (row.Status, row.UsageUnknown, row.Cost).ShouldBe((CallStatus.Failed, false, 0));
    }

    private static Task<GatewayFixture> StartAsync(params string[] to) => GatewayFixture.StartAsync(
        settings =>
        {
            var address = settings.Providers["anthropic"].Endpoint!;
            return settings with
            {
                Providers = new Dictionary<string, ProviderSettings>
                {
                    ["one"] = Provider(address),
                    ["two"] = Provider(address),
                    // A port where nobody listens.
                    ["gone"] = Provider("http://127.0.0.1:1"),
                },
                Routes = new Dictionary<string, RouteSettings> { ["fast"] = new() { Models = ["fast"], To = to } },
            };
        },
        answer: AnswerAsync);

    private static ProviderSettings Provider(string address) => new()
    {
        Wire = Wire.Anthropic, Endpoint = address, ApiKey = GatewayFixture.Key, Models = ["x-*"], Prices = new Dictionary<string, PriceSettings> { ["*"] = new() { Input = 2_000_000, Output = 20_000_000 } },
    };

    // What it does stands in the model's name.
    private static async Task AnswerAsync(HttpContext context)
    {
        using var body = await System.Text.Json.JsonDocument.ParseAsync(context.Request.Body);
        switch (body.RootElement.GetProperty("model").GetString())
        {
            case "cuts":
                context.Abort();
                return;
            case "down":
                context.Response.StatusCode = 503;
                await context.Response.WriteAsync("""{"type":"error","error":{"type":"overloaded_error","message":"down"}}""");
                return;
            case "refuses":
                context.Response.StatusCode = 400;
                await context.Response.WriteAsync("""{"type":"error","error":{"type":"invalid_request_error","message":"no"}}""");
                return;
            default:
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(Answer);
                return;
        }
    }
}
