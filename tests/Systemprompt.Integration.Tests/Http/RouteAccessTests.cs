using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Http;

/// <summary>Who may call what, held as a table: a change of access shows in the diff of <c>routes.txt</c>. UPDATE_BASELINE=1 rewrites it.</summary>
public sealed partial class RouteAccessTests
{
    private static readonly Tier[] Principals = Enum.GetValues<Tier>();

    [Fact]
    public async Task Every_route_admits_exactly_whom_it_admitted()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        await using var server = new CommandLine(database.Url) { Variables = { ["PORT"] = "0", ["LIMITS"] = "off" } }.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
        var tokens = new TokenIssuer(server.Services.GetRequiredService<Profile>(), TimeProvider.System);
        using var client = new HttpClient { BaseAddress = server.Address };
        var table = new StringBuilder();
        foreach (var route in server.Routes.DistinctBy(route => (route.Methods, route.Pattern)))
        {
            table.Append($"{route.Methods} {route.Pattern} [{route.Extension}; {route.Access}]");
            foreach (var tier in Principals) table.Append($" {tier}:{await CallAsync(client, tokens, route, tier)}");
            table.Append('\n');
        }

        var file = Path.Combine(Path.GetDirectoryName(Here())!, "routes.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") await File.WriteAllTextAsync(file, table.ToString());
        table.ToString().ShouldBe(await File.ReadAllTextAsync(file));
    }

    /// <summary>admitted, 401 or 403: what the route itself then answers is not the question.</summary>
    private static async Task<string> CallAsync(HttpClient client, TokenIssuer tokens, RouteEntry route, Tier tier)
    {
        var method = route.Methods.Split(',')[0] is var first && first == "*" ? "GET" : first;
        using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(route.Pattern, parameter => parameter.Value.Contains(":long", StringComparison.Ordinal) ? "1" : "x"));
        if (tier != Tier.Anonymous) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Issue(new TokenRequest("who", tier)));
        if (method is "POST" or "PUT") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)response.StatusCode).ShouldNotBe(429, route.Pattern);
        // One that goes on for ever has let the caller in.
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream") return "admitted";
        // The hook door says its refusals with 200.
        if ((await response.Content.ReadAsStringAsync()).Contains("this needs a token", StringComparison.Ordinal)) return "401";
        return (int)response.StatusCode is 401 or 403 ? $"{(int)response.StatusCode}" : "admitted";
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    private static string Here([CallerFilePath] string path = "") => path;
}
