using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>Route selectors of an extension: what they see, what they may do, and that a call has its way whatever they do.</summary>
public sealed class RouteSelectorTests
{
    private readonly Pilot _pilot = new();

    [Theory]
    [InlineData("/v1/messages", ModelProtocol.Messages)]
    [InlineData("/v1/chat/completions", ModelProtocol.ChatCompletions)]
    [InlineData("/v1/responses", ModelProtocol.Responses)]
    public async Task It_sees_the_call_and_not_what_anybody_wrote(string door, ModelProtocol protocol)
    {
        await using var gateway = await StartAsync();

        var body = door == "/v1/responses" ? """{"model":"fast","input":"hi","max_output_tokens":9}""" : """{"model":"fast","max_tokens":9,"stream":true,"tools":[],"messages":[{"role":"user","content":"hi"}]}""";
        using var response = await PostAsync(gateway, body, door);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var seen = _pilot.Seen.ShouldNotBeNull();
        (seen.Route, seen.Model, seen.Protocol, seen.Stream, seen.Bytes, seen.MaxTokens).ShouldBe(("fast", "fast", protocol, door != "/v1/responses", body.Length, 9));
        (seen.Principal.Subject, seen.Teams[0], seen.Roles[0], seen.Session).ShouldBe(("alice", "harbour", "pilot", "s-1"));
        seen.Targets.Select(target => (target.Provider, target.Model)).ShouldBe([("one", "a"), ("two", "b"), ("echo", "c")]);
        seen.Body.Length.ShouldBe(0);
    }

    [Fact]
    public async Task It_reads_a_copy_of_the_body_when_it_says_so()
    {
        _pilot.ReadsBodies = true;
        await using var gateway = await StartAsync();

        (await PostAsync(gateway)).Dispose();

        JsonElement.Parse(_pilot.Seen!.Body.Span).GetProperty("messages")[0].GetProperty("content").GetString().ShouldBe("hi");
    }

    [Fact]
    public async Task It_puts_targets_in_another_order_and_leaves_some_out_and_the_row_says_so()
    {
        _pilot.Select = (context, _) => new(RouteSelection.Of(context.Targets.Reverse().Take(2), "small enough"));
        await using var gateway = await StartAsync();

        using var response = await PostAsync(gateway);

        (await response.Content.ReadAsStringAsync()).ShouldContain("hi");
        var row = gateway.Audit.Settled;
        (row.Provider ?? gateway.Audit.Opened.Provider, row.UpstreamModel, row.Route, row.RouteReason).ShouldBe(("echo", "c", "fast", "pilot (chosen): small enough"));
    }

    [Fact]
    public async Task Permissions_hold_for_what_it_chose_and_for_no_more()
    {
        IReadOnlyList<string> judged = [];
        _pilot.Select = (context, _) => new(RouteSelection.Of(context.Targets[2]));
        await using var gateway = await StartAsync();
        gateway.Policies.Judge = call =>
        {
            judged = call.UpstreamModels;
            return new PolicyDecision(PolicyOutcome.Deny, "models", "not open to you", null, []);
        };

        using var response = await PostAsync(gateway);

        response.StatusCode.ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
        judged.ShouldBe(["c"]);
    }

    [Theory]
    [InlineData("throws", "pilot (failed): threw an exception")]
    [InlineData("empty", "pilot (failed): left no target")]
    [InlineData("foreign", "pilot (failed): named a target that it was not offered")]
    [InlineData("twice", "pilot (failed): named a target twice")]
    [InlineData("unchanged", "pilot (unchanged)")]
    public async Task One_that_goes_wrong_or_says_nothing_leaves_the_routes_own_order(string what, string reason)
    {
        RouteOption? foreign = null;
        _pilot.Select = (context, _) => what switch
        {
            "throws" => throw new InvalidOperationException(GatewayFixture.Key),
            "empty" => new(RouteSelection.Of([])),
            "foreign" when foreign is not null => new(RouteSelection.Of(foreign)),
            "twice" => new(RouteSelection.Of([context.Targets[1], context.Targets[1]])),
            _ => new(RouteSelection.Unchanged),
        };
        await using var gateway = await StartAsync();
        (await PostAsync(gateway)).Dispose();
        foreign = _pilot.Seen!.Targets[0];

        using var response = await PostAsync(gateway);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var row = gateway.Audit.Rows.OfType<SettledRow>().Last();
        (row.Provider, row.Attempts, row.RouteReason).ShouldBe(("echo", 2, reason));
        var health = await HealthAsync(gateway);
        health.Status.ShouldBe(what == "unchanged" ? HealthStatus.Healthy : HealthStatus.Degraded);
        if (what == "unchanged") return;
        health.Description!.ShouldContain("route selectors that fail, so that their routes keep their own order: pilot");
        health.Description!.ShouldNotContain(GatewayFixture.Key);
        what = "unchanged";
        (await PostAsync(gateway)).Dispose();
        (await HealthAsync(gateway)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_hangs_or_blocks_costs_its_time_and_is_left_alone_when_it_goes_on(bool blocks)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var release = new ManualResetEventSlim();
        var asked = 0;
        _pilot.Select = async (_, _) =>
        {
            Interlocked.Increment(ref asked);
            if (blocks) release.Wait(CancellationToken.None);
            else await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return default;
        };
        // Blocked threads must not be all there are.
        var most = blocks ? 2 : 10;
        await using var gateway = await StartAsync(clock);

        for (var at = 0; at < most; at++)
        {
            var answer = PostAsync(gateway);
            await clock.AdvanceUntilAsync(answer, TimeSpan.FromMilliseconds(50));
            (await answer).StatusCode.ShouldBe(HttpStatusCode.OK);
            gateway.Audit.Rows.OfType<SettledRow>().Last().RouteReason.ShouldBe("pilot (timed_out): did not answer within 100 ms");
        }

        asked.ShouldBe(most);
        if (!blocks)
        {
            using var left = await PostAsync(gateway);
            left.StatusCode.ShouldBe(HttpStatusCode.OK);
            (asked, gateway.Audit.Rows.OfType<SettledRow>().Last().RouteReason).ShouldBe((most, "pilot (left_alone)"));
            clock.Advance(TimeSpan.FromSeconds(11));
            _pilot.Select = (context, _) => new(RouteSelection.Of(context.Targets[2]));
            using var again = await PostAsync(gateway);
            gateway.Audit.Rows.OfType<SettledRow>().Last().RouteReason.ShouldBe("pilot (chosen)");
        }

        release.Set();
    }

    [Fact]
    public async Task A_caller_that_leaves_while_it_thinks_is_let_go_and_it_is_told()
    {
        var told = new TaskCompletionSource();
        var seen = new TaskCompletionSource();
        _pilot.Select = async (_, token) =>
        {
            token.Register(told.SetResult);
            seen.SetResult();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return default;
        };
        await using var gateway = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var leave = new CancellationTokenSource();
        var answer = gateway.Client.SendAsync(Request("""{"model":"fast","messages":[{"role":"user","content":"hi"}]}""", "/v1/chat/completions"), leave.Token);
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await leave.CancelAsync();

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Should.ThrowAsync<OperationCanceledException>(() => answer);
        gateway.Audit.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_leaves_out_who_is_left_alone_has_them_back_after_their_time()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _pilot.Select = (context, _) => new(RouteSelection.Of(context.Targets.Where(target => !target.IsLeftAlone)));
        await using var gateway = await StartAsync(clock, breakAfter: 2);
        for (var i = 0; i < 2; i++) (await PostAsync(gateway)).Dispose();

        (await PostAsync(gateway)).Dispose();
        _pilot.Seen!.Targets.Select(target => target.IsLeftAlone).ShouldBe([true, true, false]);
        gateway.Audit.Rows.OfType<SettledRow>().Last().Attempts.ShouldBe(0);
        (await HealthAsync(gateway)).Description!.ShouldContain("left alone after failures: one, two");

        clock.Advance(TimeSpan.FromSeconds(15));
        (await HealthAsync(gateway)).Description!.ShouldNotContain("left alone");
        (await PostAsync(gateway)).Dispose();
        _pilot.Seen!.Targets.Select(target => target.IsLeftAlone).ShouldBe([false, false, false]);
        gateway.Audit.Rows.OfType<SettledRow>().Last().Attempts.ShouldBe(2);
        (await HealthAsync(gateway)).Description!.ShouldContain("left alone after failures: one, two");
    }

    [Fact]
    public void An_unknown_name_is_a_fault_with_its_place()
    {
        var faults = new Systemprompt.Profiles.SettingsFaults();
        var route = new RouteSettings { Models = ["fast"], To = ["one"], Selector = "pilto", SelectorTimeout = TimeSpan.FromMinutes(1) };

        new AiSettings { Providers = new Dictionary<string, ProviderSettings> { ["one"] = new() { Wire = Wire.Echo, Models = ["x"] } }, Routes = new Dictionary<string, RouteSettings> { ["fast"] = route } }.Validate(faults, [_pilot]);

        faults.All.Select(fault => $"{fault.Path}: {fault.Message}").ShouldBe(
        [
            "routes.fast.selector: there is no route selector 'pilto' in this binary, did you mean 'pilot'?",
            "routes.fast.selector_timeout: must lie between 1ms and 10s",
        ]);
    }

    private static Task<HealthCheckResult> HealthAsync(GatewayFixture gateway) => new AiExtension().HealthChecks[0].Factory(gateway.Services).CheckHealthAsync(new HealthCheckContext());

    private static HttpRequestMessage Request(string body, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-claude-code-session-id", "s-1");
        return request;
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayFixture gateway, string body = """{"model":"fast","messages":[{"role":"user","content":"hi"}]}""", string path = "/v1/chat/completions") =>
        gateway.Client.SendAsync(Request(body, path));

    /// <summary>Two providers where nobody listens and have nothing to do with the answer, and echo behind them.</summary>
    private Task<GatewayFixture> StartAsync(TimeProvider? clock = null, int breakAfter = 0) => GatewayFixture.StartAsync(
        settings => settings with
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["one"] = new() { Wire = Wire.OpenaiChat, Endpoint = "http://127.0.0.1:1", Keyless = true, Models = ["a"], BreakAfter = breakAfter },
                ["two"] = new() { Wire = Wire.OpenaiChat, Endpoint = "http://127.0.0.1:1", Keyless = true, Models = ["b"], Enabled = true, MaxConcurrent = 0, BreakAfter = breakAfter },
                ["echo"] = settings.Providers["echo"],
            },
            Routes = new Dictionary<string, RouteSettings> { ["fast"] = new() { Models = ["fast"], To = ["one/a", "two/b", "echo/c"], Selector = "pilot", SelectorTimeout = TimeSpan.FromMilliseconds(100) } },
        },
        clock: clock,
        extensions: [_pilot]);

    [Extension("harbour")]
    private sealed class Pilot : Extension, IRouteSelector
    {
        public bool ReadsBodies { get; set; }

        public RouteContext? Seen { get; private set; }

        public Func<RouteContext, CancellationToken, ValueTask<RouteSelection>> Select { get; set; } = static (_, _) => new(RouteSelection.Unchanged);

        public override IReadOnlyList<RouteSelectorRegistration> RouteSelectors => [new("pilot", _ => this) { ReadsBody = ReadsBodies }];

        public ValueTask<RouteSelection> SelectAsync(RouteContext context, CancellationToken cancellationToken)
        {
            Seen = context;
            return Select(context, cancellationToken);
        }
    }
}
