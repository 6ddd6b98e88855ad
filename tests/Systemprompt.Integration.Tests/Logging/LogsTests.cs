using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Logging;

public sealed class LogsTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;
    private CommandLine _commands = null!;
    private ServerHost _server = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _commands = new CommandLine(_database.Url, new TalkRoom()) { Variables = { ["PORT"] = "0" } };
        _server = _commands.Server();
        await _server.StartAsync(CancellationToken.None);
        await _server.Started;
    }

    public async Task DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_line_is_found_by_what_it_belongs_to()
    {
        var token = new TokenIssuer(_server.Services.GetRequiredService<Profile>(), TimeProvider.System).Issue(new TokenRequest("alice", Tier.User, SessionId: "s-1"));
        using var alice = new HttpClient { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        var answer = await alice.GetAsync("api/v1/talk");
        var trace = answer.Headers.GetValues("x-trace-id").Single();
        await _database.UntilAsync("select count(*) = 2 from logging.entries where room = 'talk'");

        foreach (var filter in new string[][] { ["--trace", trace], ["--user", "alice"], ["--session", "s-1"], ["--room", "talk"], ["--since", "1m", "--room", "talk"] })
        {
            var line = (await RunAsync(["view", "--json", "--level", "error", .. filter])).Json.EnumerateArray().ShouldHaveSingleItem();
            (line.GetProperty("level").GetString(), line.GetProperty("event").GetInt32(), line.GetProperty("user").GetString(), line.GetProperty("trace").GetString()).ShouldBe(("error", 9002, "alice", trace));
            line.GetProperty("fields").GetProperty("Name").GetString().ShouldBe("Zoë \0 \ufffd");
            line.GetProperty("error").GetString()!.ShouldStartWith("System.InvalidOperationException: broken");
        }

        (await RunAsync("search", "bRoKeN", "--json")).Json.EnumerateArray().ShouldHaveSingleItem();
        (await RunAsync("search", "100%", "--json")).Json.GetArrayLength().ShouldBe(0);
        (await RunAsync("view", "--until", "1h", "--json")).Json.GetArrayLength().ShouldBe(0);
        (await RunAsync("export", "--room", "talk")).Json.EnumerateArray().Select(line => line.GetProperty("level").GetString()).ShouldBe(["info", "error"]);
        (await RunAsync("stats", "--room", "talk", "--json")).Json.EnumerateArray().Select(row => $"{row.GetProperty("level").GetString()} {row.GetProperty("lines").GetInt64()}").ShouldBe(["error 1", "info 1"]);
        (await RunAsync("view", "--room", "talk", "--level", "error")).Out.ShouldContain("talk: Zoë");
        using var admin = new HttpClient { BaseAddress = _server.Address };
        admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new TokenIssuer(_server.Services.GetRequiredService<Profile>(), TimeProvider.System).Issue(new TokenRequest("ann", Tier.Admin)));
        (await admin.GetFromJsonAsync<JsonElement>($"api/v1/logs?trace={trace}")).GetArrayLength().ShouldBe(2);
        (await admin.GetAsync("api/v1/logs?level=loud")).StatusCode.ShouldBe(System.Net.HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_storm_is_dropped_counted_and_said_and_the_rest_is_written()
    {
        var logger = _server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Systemprompt.Talk.Storm");

        for (var line = 0; line < 300_000; line++) logger.Log(LogLevel.Warning, new EventId(9003), line, null, static (number, _) => $"line {number}");

        await _database.UntilAsync("select exists (select from logging.entries where event = 2302)");
        await _database.UntilAsync($"select count(*) >= {_server.Services.GetRequiredService<Systemprompt.Logging.LogQueue>().Accepted} - 100 from logging.entries");
        var written = await _database.ScalarAsync<long>("select count(*) from logging.entries where event = 9003");
        var dropped = _server.Services.GetRequiredService<Systemprompt.Logging.LogQueue>().DroppedEver;
        (written + dropped).ShouldBe(300_000);
        dropped.ShouldBeGreaterThan(0);
        (await RunAsync("stats", "--json")).Json.EnumerateArray().Sum(row => row.GetProperty("dropped").GetInt64()).ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("--level loud is none of trace, debug, info", "view", "--level", "loud")]
    [InlineData("--since soon is neither a duration", "stats", "--since", "soon")]
    [InlineData("--limit 0 is not from 1 to 10000", "search", "x", "--limit", "0")]
    public async Task A_wrong_call_says_what_is_wrong(string message, params string[] call)
    {
        var run = await _commands.RunAsync(["infra", "logs", .. call]);

        run.Code.ShouldBe(2);
        run.Error.ShouldStartWith(message);
    }

    private async Task<CommandResult> RunAsync(params string[] call) => (await _commands.RunAsync(["infra", "logs", .. call])).Succeeded();

    [Extension("talk")]
    private sealed class TalkRoom : Extension
    {
        public override void MapRoutes(RouteMap routes) => routes.For(Tier.User).MapGet("/api/v1/talk", (ILoggerFactory logging) =>
        {
            var logger = logging.CreateLogger("Systemprompt.Talk.Endpoint");
            logger.Log(LogLevel.Information, new EventId(9001), "said", null, static (text, _) => text);
            KeyValuePair<string, object?>[] state = [new("Name", "Zoë \0 \ud800"), new("{OriginalFormat}", "{Name}")];
            logger.Log(LogLevel.Error, new EventId(9002), state, new InvalidOperationException("broken"), static (fields, _) => $"{fields[0].Value}");
            return Results.Ok();
        });
    }
}
