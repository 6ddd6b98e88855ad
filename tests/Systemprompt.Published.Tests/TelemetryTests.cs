using System.Net;
using System.Text;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>What the published file tells of itself: to a collector, at <c>/metrics</c>, and when nobody takes it.</summary>
public sealed class TelemetryTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Caller = "00f067aa0ba902b7";

    [Fact]
    public async Task An_OTLP_collector_receives_traces_metrics_and_logs_of_one_request_under_one_trace_id()
    {
        await using var collector = await OtlpCollector.StartAsync(authorization: "Bearer collectors-own");
        await using var upstream = await StubServer.StartAsync(new StubOptions { Key = GatewayFixture.Key });
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options(collector.Port, $"send_traceparent: true", new Dictionary<string, string>
        {
            ["ANTHROPIC_BASE_URL"] = upstream.Address, ["ANTHROPIC_API_KEY"] = GatewayFixture.Key, ["OTLP_HEADERS"] = "authorization=Bearer%20collectors-own",
        }));
        using var admin = await host.ClientForAsync("root", "admin");
        await database.ExecuteAsync("alter table users.users rename to elsewhere");

        using var called = await GatewayFixture.CallAsync(admin, "claude-haiku-4-5", "pineapple", header: ("traceparent", $"00-{Trace}-{Caller}-01"));
        called.StatusCode.ShouldBe(HttpStatusCode.OK, await called.Content.ReadAsStringAsync());
        admin.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-{Caller}-01");
        using var broken = await admin.GetAsync("api/v1/users");
        broken.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        called.Headers.GetValues("x-trace-id").ShouldBe([Trace]);
        await Condition.HoldsAsync("spans, lines and metrics arrive", TimeSpan.FromSeconds(20), () => Task.FromResult(
            collector.Faults.Count > 0 || (SpansOf(collector).Count() >= 6 && LinesOf(collector).Any() && collector.Metrics.Any(metric => metric.Text("name") == "gen_ai.client.token.usage"))));

        collector.Faults.ShouldBeEmpty();
        ShouldBeOneTree(SpansOf(collector).ToList(), await upstream.NextAsync());
        LinesOf(collector).ShouldContain(line => line.One("body").Text("text").Contains("/api/v1/users", StringComparison.Ordinal) && line.Number("severity") == 17);
        (await database.ScalarAsync<string>($"select trace_id from ai.requests where id = '{GatewayFixture.AuditId(called)}'")).ShouldBe(Trace);
        (await database.ColumnAsync<string>("select distinct trace from logging.entries where event = 1401")).ShouldBe([Trace]);
        ShouldBeSound(collector.Metrics.ToList());
        foreach (var resource in collector.Resources) resource.Attributes().ShouldContainKeyAndValue("systemprompt.tenant", "myco");
        var everything = string.Concat(collector.Bodies.Select(Encoding.UTF8.GetString));
        foreach (var secret in (string[])["pineapple", GatewayFixture.Key, admin.DefaultRequestHeaders.Authorization!.Parameter!, "collectors-own"]) everything.ShouldNotContain(secret);
        (await host.RunAsync("doctor", "--json")).Succeeded().Output.ShouldContain("the collector takes deliveries");
    }

    [Fact]
    public async Task A_collector_that_is_away_or_does_not_answer_harms_no_request_and_what_is_dropped_is_counted()
    {
        var port = PublishedHost.FreePort();
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options(port));
        using var admin = await host.ClientForAsync("root", "admin");
        await ShouldServeAsync(admin);
        await Condition.HoldsAsync("what is lost shows", TimeSpan.FromSeconds(20), async () => (await PageAsync(admin)).Sum("systemprompt_telemetry_dropped_total", ("signal", "metrics")) > 0);
        var health = await host.Client.GetStringAsync("api/v1/health");
        health.ShouldContain("metrics: the collector cannot be reached");
        health.ShouldNotContain($"{port}");
        await host.Log.WaitForAsync("\"event\":1701", TimeSpan.FromSeconds(5));

        await using var collector = await OtlpCollector.StartAsync(port);
        await host.Log.WaitForAsync("metrics are delivered again", TimeSpan.FromSeconds(20));
        await Condition.HoldsAsync("what was kept arrives", TimeSpan.FromSeconds(20), () => Task.FromResult(collector.Spans.Any(span => span.Text("name") == "POST /v1/messages")));
        collector.Hangs = true;
        await ShouldServeAsync(admin);
        await Condition.HoldsAsync("health says it", TimeSpan.FromSeconds(20), async () => (await host.Client.GetStringAsync("api/v1/health")).Contains("did not answer within 0.5 s", StringComparison.Ordinal));
        collector.Faults.ShouldBeEmpty();
        (await host.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Metrics_parse_and_are_for_administrators_and_say_what_happened()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions { Variables = new Dictionary<string, string> { ["RATE_LIMIT_SCALE"] = "10000" } });
        using var admin = await host.ClientForAsync("root", "admin");
        using var alice = await host.ClientForAsync("alice");
        using (var anonymous = await host.Client.GetAsync("metrics")) anonymous.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using (var user = await alice.GetAsync("metrics")) user.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        for (var call = 0; call < 3; call++) (await PublishedHost.AskAsync(alice)).Dispose();
        using (var governed = await GatewayFixture.GovernAsync(alice, "ls")) governed.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var answer = await admin.GetAsync("metrics");
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var page = PrometheusPage.Parse(await answer.Content.ReadAsStringAsync());

        page.Sum("http_server_request_duration_seconds_count", ("http_route", "/v1/messages"), ("http_response_status_code", "200")).ShouldBe(3);
        page.Sum("gen_ai_client_operation_duration_seconds_count", ("gen_ai_provider_name", "echo"), ("gen_ai_request_model", "echo")).ShouldBe(3);
        page.Sum("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "input")).ShouldBePositive();
        page.Sum("systemprompt_governance_decisions_total", ("door", "model"), ("verdict", "allow")).ShouldBe(3);
        page.Sum("systemprompt_governance_decisions_total", ("door", "hook")).ShouldBe(1);
        page.Sum("systemprompt_audit_rows_total").ShouldBe(7);
        page.Sum("systemprompt_audit_commit_duration_seconds_count").ShouldBeInRange(1, 7);
        page.Sum("systemprompt_http_refusals_total", ("code", "token_missing"), ("tier", "anonymous")).ShouldBe(1);
        page.Sum("systemprompt_http_refusals_total", ("code", "wrong_tier"), ("tier", "user")).ShouldBe(1);
        page.Sum("systemprompt_ready").ShouldBe(1);
        page.Samples.Where(sample => sample.Name == "systemprompt_background_failures").Select(sample => sample.Labels["loop"]).ShouldContain("scheduler.watch");
        page.Sum("dotnet_process_memory_working_set_bytes").ShouldBePositive();
        page.Samples.ShouldContain(sample => sample.Name.StartsWith("db_client_connection", StringComparison.Ordinal));
        page.Samples.SelectMany(sample => sample.Labels.Values).ShouldNotContain("alice");
        page.Samples.SelectMany(sample => sample.Labels.Values).ShouldNotContain(value => value.Contains("Host=", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_profile_lets_a_network_or_a_scope_fetch_metrics_or_nobody()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = PublishedHost.Create(database.Url, new HostOptions
        {
            Profile = "inside",
            Profiles = new Dictionary<string, string>
            {
                ["inside"] = Profile("metrics: { access: networks, networks: [127.0.0.0/8] }"),
                ["outside"] = Profile("metrics: { access: networks, networks: [203.0.113.0/24] }"),
                ["scope"] = Profile("metrics: { access: scope }"),
                ["off"] = Profile("metrics: { enabled: false }"),
            },
        });
        await host.StartAsync();
        PrometheusPage.Parse(await host.Client.GetStringAsync("metrics")).Sum("systemprompt_ready").ShouldBe(1);

        foreach (var (profile, status) in new[] { ("outside", HttpStatusCode.Forbidden), ("scope", HttpStatusCode.Unauthorized), ("off", HttpStatusCode.NotFound) })
        {
            await using var other = await PublishedHost.StartAsync(database, new HostOptions { Profile = profile, Folder = host.Folder, File = host.File });
            using var answer = await other.Client.GetAsync("metrics");
            answer.StatusCode.ShouldBe(status, profile);
            if (profile != "scope") continue;
            using var scraper = other.ClientWith(await other.TokenAsync("service", "prometheus", "--scope", "metrics:read"));
            using var scraped = await scraper.GetAsync("metrics");
            scraped.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    private static string Profile(string telemetry) => new TestProfile { More = $"telemetry: {{ {telemetry} }}" }.ToString();

    private static HostOptions Options(int collector, string provider = "", IReadOnlyDictionary<string, string>? variables = null) => new()
    {
        Profile = "told",
        Profiles = new Dictionary<string, string>
        {
            ["told"] = new TestProfile
            {
                More = $$"""
                    telemetry:
                      otlp: { endpoint: "http://127.0.0.1:{{collector}}", headers: "${OTLP_HEADERS:-}", interval: 1s, timeout: 500ms }
                    """,
            }.ToString().Replace("models: [\"claude-*\"]", $"models: [\"claude-*\"]\n      {provider}", StringComparison.Ordinal),
        },
        Variables = variables ?? new Dictionary<string, string>(),
    };

    private static IEnumerable<OtlpMessage> SpansOf(OtlpCollector collector) => collector.Spans.Where(span => span.Hex("trace_id") == Trace);

    private static IEnumerable<OtlpMessage> LinesOf(OtlpCollector collector) => collector.Lines.Where(line => line.Hex("trace_id") == Trace);

    private static async Task<PrometheusPage> PageAsync(HttpClient admin) => PrometheusPage.Parse(await admin.GetStringAsync("metrics"));

    private static async Task ShouldServeAsync(HttpClient client)
    {
        for (var call = 0; call < 20; call++)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            using var answer = await PublishedHost.AskAsync(client, cancellationToken: limit.Token);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    private static void ShouldBeOneTree(List<OtlpMessage> spans, StubRequest upstream)
    {
        spans.ShouldAllBe(span => span.Number("start") <= span.Number("end") && span.Hex("span_id").Length == 16);
        var server = spans.Single(span => span.Text("name") == "POST /v1/messages");
        (server.Number("kind"), server.Hex("parent_span_id")).ShouldBe((2ul, Caller));
        server.Attributes().ShouldContainKeyAndValue("http.route", "/v1/messages");
        server.Attributes().ShouldContainKeyAndValue("http.response.status_code", "200");
        var below = spans.Where(span => span.Hex("parent_span_id") == server.Hex("span_id")).Select(span => span.Text("name")).ToList();
        below.ShouldContain("policies");
        below.ShouldContain("audit commit");
        var chat = spans.Single(span => span.Text("name").StartsWith("chat ", StringComparison.Ordinal));
        (chat.Number("kind"), chat.Hex("parent_span_id")).ShouldBe((3ul, server.Hex("span_id")));
        chat.Attributes().ShouldContainKeyAndValue("gen_ai.provider.name", "anthropic");
        chat.Attributes().ShouldContainKey("gen_ai.usage.output_tokens");
        spans.Count(span => span.Hex("parent_span_id") == chat.Hex("span_id")).ShouldBe(1, "the settling commit stands below the call");
        upstream.Headers["traceparent"].ShouldBe($"00-{Trace}-{chat.Hex("span_id")}-01");
        spans.Single(span => span.Text("name") == "GET /api/v1/users").One("status").Number("code").ShouldBe(2ul);
    }

    private static void ShouldBeSound(List<OtlpMessage> metrics)
    {
        foreach (var metric in metrics)
        {
            var data = metric.Has("gauge") ? metric.One("gauge") : metric.Has("sum") ? metric.One("sum") : metric.One("histogram");
            data.All("points").ShouldNotBeEmpty(metric.Text("name"));
            if (!metric.Has("gauge")) data.Number("temporality").ShouldBe(2ul, "cumulative");
            if (!metric.Has("histogram")) continue;
            foreach (var point in data.All("points"))
            {
                point.Packed("buckets").Length.ShouldBe(point.Packed("bounds").Length + 1);
                point.Packed("buckets").Aggregate(0ul, (sum, count) => sum + count).ShouldBe(point.Number("count"));
            }
        }

        var duration = metrics.First(metric => metric.Text("name") == "http.server.request.duration");
        duration.Text("unit").ShouldBe("s");
        metrics.Where(metric => metric.Text("name") == "systemprompt.audit.rows").ShouldAllBe(metric => metric.One("sum").Number("monotonic") == 1);
    }
}
