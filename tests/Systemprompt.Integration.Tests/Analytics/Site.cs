using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Analytics;

/// <summary>A site with pages and an API, on one or more servers.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    public const string Googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

    private Site(DatabaseFixture database) => (Database, Commands) = (database, new CommandLine(database.Url, new SiteRoom()) { Variables = { ["PORT"] = "0", ["LIMITS"] = "off" } });

    public DatabaseFixture Database { get; }

    public CommandLine Commands { get; }

    public List<ServerHost> Hosts { get; } = [];

    public IServiceProvider Services => Hosts[0].Services;

    public static async Task<Site> StartAsync(int hosts = 1, params (string Name, string Value)[] variables)
    {
        var site = new Site(await DatabaseFixture.CreateEmptyAsync());
        foreach (var (name, value) in variables) site.Commands.Variables[name] = value;
        for (var host = 0; host < hosts; host++)
        {
            var server = site.Commands.Server();
            site.Hosts.Add(server);
            await server.StartAsync(CancellationToken.None);
            await server.Started;
        }

        return site;
    }

    /// <summary>A browser, which keeps no cookies.</summary>
    public HttpClient Browser(string agent = Firefox, int host = 0)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Hosts[host].Address };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        return client;
    }

    public HttpClient Client(string subject, Tier tier = Tier.User, int host = 0, string agent = "claude-cli/2.1.3 (external, cli)", string? session = null)
    {
        var client = Browser(agent, host);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new TokenIssuer(Services.GetRequiredService<Profile>(), TimeProvider.System).Issue(new TokenRequest(subject, tier, SessionId: session)));
        return client;
    }

    public static async Task AskAsync(HttpClient client, string? session = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/messages")
        {
            Content = JsonContent.Create(new { model = "echo", max_tokens = 64, messages = new[] { new { role = "user", content = "hello" } } }),
        };
        if (session is not null) request.Headers.Add("x-claude-code-session-id", session);
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    public static async Task GovernAsync(HttpClient client, string session, string tool = "Read") =>
        (await client.PostAsJsonAsync("api/v1/hooks/govern", new { hook_event_name = "PreToolUse", session_id = session, tool_name = tool, tool_input = new { file_path = "a" } })).EnsureSuccessStatusCode();

    public async Task<CommandResult> RunAsync(params string[] call) => (await Commands.RunAsync(["analytics", .. call])).Succeeded();

    /// <summary>Waits until so many requests have their rows.</summary>
    public Task WrittenAsync(long rows) => Database.UntilAsync($"select count(*) = {rows} from analytics.requests");

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }

        await Database.DisposeAsync();
    }

    [Extension("shop", Description = "Pages, an API, and figures of its own.")]
    private sealed class SiteRoom : Extension
    {
        /// <summary>One order an hour.</summary>
        public override IReadOnlyList<FactSource> Facts =>
        [
            new("shop.orders", "Orders")
            {
                Dimensions = ["customer"],
                Measures = [new("orders"), new("paid_microdollars", FactUnit.Microdollars)],
                Sql = """
                    select (hour at time zone 'UTC')::date as day, case when extract(hour from hour at time zone 'UTC') < 6 then null else 'customer ' || @tenant end as customer, 1 as orders, 500000 as paid_microdollars
                      from generate_series(date_trunc('hour', @from::timestamptz), @to::timestamptz, '1 hour') hour
                     where hour >= @from and hour < @to
                    """,
            },
        ];

        public override void MapRoutes(RouteMap routes)
        {
            var pages = routes.Public();
            pages.MapGet("/", () => Page());
            pages.MapGet("/blog/{slug}", (string slug) => Page());
            pages.MapGet("/invited/{code}", (string code, HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-store";
                return Page();
            });
            pages.MapGet("/style.css", () => Results.Text("a{}", "text/css"));
            routes.For(Tier.User).MapGet("/api/v1/ping", () => Results.Ok());
            routes.For(Tier.User).MapGet("/api/v1/broken", IResult () => throw new InvalidOperationException("broken"));
        }

        private static IResult Page() => Results.Content("<!doctype html><title>x</title>", "text/html; charset=utf-8");
    }
}
