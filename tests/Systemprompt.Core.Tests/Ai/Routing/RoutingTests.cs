using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>Routes with others to ask, repeats, places and circuit breakers, over real connections. What a provider does stands in the model's name.</summary>
public sealed class RoutingTests
{
    private const string Answer = """{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"here"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    [Theory]
    [InlineData("one/down", 503)]
    [InlineData("one/broken", 500)]
    [InlineData("one/busy", 429)]
    [InlineData("gone/any", 0)]
    public async Task The_next_provider_of_a_route_is_asked_when_one_is_in_trouble(string first, int _)
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route([first, "two/good"]));

        using var response = await SendAsync(gateway, "fast");

        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        vendor.Asked[^1].ShouldBe("two good");
        var row = gateway.Audit.Settled;
        (row.Status, row.Provider, row.UpstreamModel, row.Attempts, row.Cost).ShouldBe((CallStatus.Completed, "two", "good", 2, 10 * 2 + 5 * 20));
        gateway.Audit.Opened.Provider.ShouldBe(first.Split('/')[0]);
        gateway.Audit.Opened.Head.Model.ShouldBe("fast");
    }

    [Fact]
    public async Task A_provider_that_does_not_begin_in_time_is_passed_and_its_time_does_not_count_for_the_next()
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route(["one/hangs", "two/good"]), one => one with { FirstByteTimeout = TimeSpan.FromMilliseconds(150) });

        using var response = await SendAsync(gateway, "fast");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (gateway.Audit.Settled.Provider, gateway.Audit.Settled.Attempts).ShouldBe(("two", 2));
    }

    [Theory]
    [InlineData("one/refuses", 400)]
    [InlineData("one/nokey", 401)]
    public async Task A_call_that_a_provider_refuses_is_refused_and_nobody_else_is_asked(string first, int status)
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route([first, "two/good"]));

        using var response = await SendAsync(gateway, "fast");

        ((int)response.StatusCode).ShouldBe(status);
        vendor.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_last_providers_own_error_reaches_the_client_as_it_was()
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route(["one/down", "two/broken"]));

        using var response = await SendAsync(gateway, "fast");

        ((int)response.StatusCode).ShouldBe(500);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"error":{"message":"broken"}}""");
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.Attempts).ShouldBe((CallStatus.Failed, 2));
    }

    [Fact]
    public async Task The_body_goes_on_untouched_but_for_the_models_name()
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route(["two/good \\u26f4"]), validate: false);
        const string body = """{"messages":[ {"role":"user","content":"fast"}], "stream":true, "model" : "fa\u0073t","x":{"model":"fast"}}""";

        using var response = await SendAsync(gateway, body, raw: true);

        Encoding.UTF8.GetString((await gateway.Stub.NextAsync()).Body).ShouldBe("""{"stream_options":{"include_usage":true},"messages":[ {"role":"user","content":"fast"}], "stream":true, "model" : "good \\u26f4","x":{"model":"fast"}}""");
    }

    [Fact]
    public async Task A_call_is_repeated_as_often_as_the_profile_says_and_then_answered()
    {
        await using var vendor = new Vendor { FailuresOfFlaky = 2 };
        await using var gateway = await vendor.StartAsync([], one => one with { Retries = 2, Models = ["flaky"] });

        using var response = await SendAsync(gateway, "flaky");

        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        vendor.Asked.Count.ShouldBe(3);
        gateway.Audit.Settled.Attempts.ShouldBe(3);
    }

    [Fact]
    public async Task Repeats_end_and_the_error_is_the_providers()
    {
        await using var vendor = new Vendor { FailuresOfFlaky = 9 };
        await using var gateway = await vendor.StartAsync([], one => one with { Retries = 1, Models = ["flaky"] });

        using var response = await SendAsync(gateway, "flaky");

        ((int)response.StatusCode).ShouldBe(503);
        vendor.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_provider_that_fails_on_most_calls_is_left_alone_and_asked_again_later()
    {
        await using var vendor = new Vendor { FailuresOfFlaky = 4 };
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await vendor.StartAsync([], one => one with { BreakAfter = 4, BreakFor = TimeSpan.FromSeconds(20), Models = ["flaky"] }, clock);
        for (var i = 0; i < 4; i++)
            using (var failed = await SendAsync(gateway, "flaky")) ((int)failed.StatusCode).ShouldBe(503);

        using (var alone = await SendAsync(gateway, "flaky"))
        {
            ((int)alone.StatusCode).ShouldBe(503);
            (await alone.Content.ReadAsStringAsync()).ShouldContain("left alone");
            alone.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(20));
        }

        vendor.Asked.Count.ShouldBe(4);
        clock.Advance(TimeSpan.FromSeconds(21));
        using var again = await SendAsync(gateway, "flaky");
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        vendor.Asked.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_full_provider_passes_the_call_on_and_without_another_it_is_answered_529()
    {
        await using var vendor = new Vendor();
        await using var gateway = await vendor.StartAsync(Route(["one/waits", "two/good"]), one => one with { MaxConcurrent = 1, Models = ["waits"] });
        var held = SendAsync(gateway, "waits");
        await vendor.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(10));

        using (var passed = await SendAsync(gateway, "fast")) passed.StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var full = await SendAsync(gateway, "waits")) ((int)full.StatusCode).ShouldBe(529);

        vendor.Release.SetResult();
        using (var answer = await held) answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var after = await SendAsync(gateway, "waits");
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("claude-x", false, false, 0, "all", "one claude-x")]
    [InlineData("claude-opus", false, false, 0, "exact", "two other")]
    [InlineData("claude-x", true, false, 0, "tools", "two claude-x")]
    [InlineData("claude-x", false, true, 200_000, "large", "one big")]
    [InlineData("claude-x", false, false, 200_000, "all", "one claude-x")]
    [InlineData("good", false, false, 0, null, "two good")]
    [InlineData("nobody", false, false, 0, null, null)]
    public void A_route_is_chosen_by_name_then_by_conditions(string model, bool tools, bool stream, long bytes, string? route, string? target)
    {
        var settings = new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings> { ["one"] = Vendor.Provider("http://localhost", "x-*"), ["two"] = Vendor.Provider("http://localhost", "good"), ["off"] = Vendor.Provider("http://localhost", "off") with { Enabled = false } },
            Routes = new Dictionary<string, RouteSettings>
            {
                ["all"] = new() { Models = ["claude-*"], To = ["off", "one", "two"] },
                ["tools"] = new() { Models = ["claude-*"], To = ["two"], Tools = true },
                ["large"] = new() { Models = ["claude-*"], To = ["one/big"], Stream = true, MinBody = new(100_000) },
                ["exact"] = new() { Models = ["claude-opus"], To = ["two/other"] },
            },
        };

        var plan = new RouteTable(settings, new ProviderCatalog(settings)).Plan(model, tools, stream, bytes);

        plan.Route.ShouldBe(route);
        (plan.Targets.Count == 0 ? null : $"{plan.Targets[0].Provider.Name} {plan.Targets[0].Model}").ShouldBe(target);
    }

    [Fact]
    public void A_provider_without_models_is_a_fault_unless_a_route_leads_to_it_and_a_route_to_nobody_is_one()
    {
        var settings = new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings> { ["one"] = Vendor.Provider("http://localhost", "x") with { Models = [] }, ["two"] = Vendor.Provider("http://localhost", "x") with { Models = [] } },
            Routes = new Dictionary<string, RouteSettings> { ["fast"] = new() { Models = ["fast"], To = ["two/good", "three"] } },
        };
        var faults = new Systemprompt.Profiles.SettingsFaults();

        settings.Validate(faults, []);

        faults.All.Select(fault => fault.Path).ShouldBe(["providers.one.models", "routes.fast.to[1]"]);
    }

    private static Dictionary<string, RouteSettings> Route(IReadOnlyList<string> to) => new() { ["fast"] = new RouteSettings { Models = ["fast"], To = to } };

    private static Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string model, bool raw = false)
    {
        var body = raw ? model : $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""";
        return gateway.Client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));
    }

    private sealed class Vendor : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _asked = new();
        private int _flaky;

        public int FailuresOfFlaky { get; init; }

        public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Asked => [.. _asked];

        public static ProviderSettings Provider(string address, string models, string key = "k") => new()
        {
            Wire = Wire.OpenaiChat, Endpoint = address, ApiKey = key, Models = [models], Prices = new Dictionary<string, PriceSettings> { ["*"] = new() { Input = 2_000_000, Output = 20_000_000 } },
        };

        public Task<GatewayFixture> StartAsync(Dictionary<string, RouteSettings> routes, Func<ProviderSettings, ProviderSettings>? one = null, TimeProvider? clock = null, bool validate = true) => GatewayFixture.StartAsync(
            settings =>
            {
                var address = settings.Providers["anthropic"].Endpoint!;
                settings = settings with
                {
                    Providers = new Dictionary<string, ProviderSettings>
                    {
                        ["one"] = (one ?? (same => same))(Provider(address, "one-*", "key-of-one")),
                        ["two"] = Provider(address, "two-*", "key-of-two"),
                        // A port where nobody listens.
                        ["gone"] = Provider("http://127.0.0.1:1", "gone-*"),
                    },
                    Routes = routes,
                };
                if (validate) settings.Validate(new Systemprompt.Profiles.SettingsFaults(), []);
                return settings;
            },
            clock: clock,
            answer: AnswerAsync);

        public ValueTask DisposeAsync()
        {
            Release.TrySetResult();
            return default;
        }

        private async Task AnswerAsync(HttpContext context)
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            var model = body.RootElement.GetProperty("model").GetString()!;
            _asked.Enqueue($"{context.Request.Headers.Authorization.ToString()["Bearer key-of-".Length..]} {model}");
            switch (model)
            {
                case "down":
                    await SendAsync(context, 503, """{"error":{"message":"down"}}""");
                    break;
                case "broken":
                    await SendAsync(context, 500, """{"error":{"message":"broken"}}""");
                    break;
                case "busy":
                    await SendAsync(context, 429, """{"error":{"message":"busy"}}""");
                    break;
                case "refuses":
                    await SendAsync(context, 400, """{"error":{"message":"no"}}""");
                    break;
                case "nokey":
                    await SendAsync(context, 401, """{"error":{"message":"no key"}}""");
                    break;
                case "flaky" when Interlocked.Increment(ref _flaky) <= FailuresOfFlaky:
                    await SendAsync(context, 503, """{"error":{"message":"flaky"}}""");
                    break;
                case "hangs":
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                    break;
                case "waits":
                    Waiting.TrySetResult();
                    await Release.Task;
                    await SendAsync(context, 200, Answer);
                    break;
                default:
                    await SendAsync(context, 200, Answer);
                    break;
            }
        }

        private static Task SendAsync(HttpContext context, int status, string body)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(body);
        }
    }
}
