using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>Events of the published file: those of a scaffolded extension, listened to and sent outside.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task A_listener_goes_on_where_he_was_after_a_restart_and_behind_a_balancer()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var one = await PublishedHost.StartAsync(database);
        await using var two = await PublishedHost.StartAsync(database, new HostOptions { Secret = HostOptions.NewSecret() });
        using var alice = await one.ClientForAsync("alice");
        var (first, _) = await HearAsync(alice, null, 1, () => AddAsync(alice, "one"));

        await one.KillAsync();
        using var other = await two.ClientForAsync("carol");
        await AddAsync(other, "two");
        await AddAsync(other, "three");
        await one.StartAsync();

        var (second, data) = await HearAsync(alice, first, 3, () => AddAsync(alice, "four"));
        data.Select(line => line.Contains("\"author\": \"carol\"", StringComparison.Ordinal) ? "carol" : "alice").ShouldBe(["carol", "carol", "alice"]);
        await using var balancer = await Balancer.StartAsync(two);
        using var through = new HttpClient { BaseAddress = balancer.Address };
        through.DefaultRequestHeaders.Authorization = other.DefaultRequestHeaders.Authorization;
        (await HearAsync(through, second, 1, () => AddAsync(other, "five"))).Data.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_receiver_verifies_what_it_is_sent()
    {
        await using var receiver = await StubServer.StartAsync(new StubOptions
        {
            Answer = context =>
            {
                context.Response.StatusCode = 204;
                return Task.CompletedTask;
            },
        });
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, new HostOptions
        {
            Profile = "hooks",
            Profiles = new Dictionary<string, string>
            {
                ["hooks"] = new TestProfile { More = "secrets: { key: \"${SECRETS_KEY}\" }\nevents: { webhooks: { enabled: true, allow_networks: [127.0.0.0/8] } }" }.ToString(),
            },
            Variables = new Dictionary<string, string> { ["SECRETS_KEY"] = HostOptions.NewSecret() },
        });
        var key = (await host.RunAsync("infra", "webhooks", "create", "crm", "--url", $"{receiver.Address}/hook", "--kinds", "billing.*")).Succeeded().Output.Trim();
        using var alice = await host.ClientForAsync("alice");

        await AddAsync(alice, "first");

        var sent = await receiver.NextAsync();
        var body = Encoding.UTF8.GetString(sent.Body);
        var signed = Encoding.UTF8.GetBytes($"{sent.Headers["webhook-id"]}.{sent.Headers["webhook-timestamp"]}.{body}");
        sent.Headers["webhook-signature"].ShouldBe("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key["whsec_".Length..]), signed)));
        body.ShouldContain("\"type\":\"billing.entry_added\"");
        await Condition.HoldsAsync("the delivery is on record", TimeSpan.FromSeconds(10), async () =>
            await database.ScalarAsync<long>("select count(*) from scheduler.history where kind = 'events.deliver' and outcome = 'done'") == 1);
        (await database.DumpAsync()).ShouldNotContain(key["whsec_".Length..]);
    }

    private static async Task AddAsync(HttpClient client, string text) => (await client.PostAsJsonAsync("api/v1/billing/entries", new { text })).EnsureSuccessStatusCode();

    /// <summary>Listens until so many events have come; causes one when it listens.</summary>
    private static async Task<(string LastId, IReadOnlyList<string> Data)> HearAsync(HttpClient client, string? lastId, int count, Func<Task> cause)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events?kinds=billing.*");
        if (lastId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        await reader.ReadLineAsync(limit.Token);
        await cause();
        var (id, data) = ("", new List<string>());
        while (data.Count < count && await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            if (line.StartsWith("data: ", StringComparison.Ordinal)) data.Add(line);
        }

        return (id, data);
    }
}
