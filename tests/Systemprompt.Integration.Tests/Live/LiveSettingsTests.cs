using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Governance;
using Systemprompt.Hosting;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Live;

/// <summary>What is set live reaches every process, is kept with its history, and never gets past the profile's checks.</summary>
public sealed class LiveSettingsTests
{
    [Fact]
    public async Task A_policy_set_by_command_counts_on_every_replica_for_the_next_call_and_is_given_back()
    {
        await using var room = await Room.OpenAsync(replicas: 2);
        (await room.AskAsync(0, "echo")).ShouldBe(HttpStatusCode.OK);

        var set = await room.Commands.RunAsync("admin", "config", "set", "governance.models.rules", "[{ models: [ec*], effect: deny, users: [alice] }]", "--reason", "a test", "--json");
        set.Succeeded().Json.GetProperty("version").GetInt64().ShouldBe(1);
        await room.UntilAsync(services => services.GetRequiredService<LiveChain>().Current.Links.Any(link => link.Name == "models"));
        foreach (var replica in new[] { 0, 1 })
        {
            (await room.AskAsync(replica, "echo")).ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
            (await room.AskAsync(replica, "echo", "bob")).ShouldBe(HttpStatusCode.OK);
            (await room.ModelsAsync(replica, "alice")).ShouldBeEmpty();
            (await room.ModelsAsync(replica, "bob")).ShouldBe(["echo"]);
        }

        var diff = await room.Commands.RunAsync("admin", "config", "diff", "--exit-code", "--json");
        diff.Code.ShouldBe(1);
        diff.Json.EnumerateArray().Select(row => (row.GetProperty("key").GetString(), row.GetProperty("live").GetString(), row.GetProperty("reason").GetString())).ShouldContain(("governance.models.rules[0].effect", "deny", "a test"));

        (await room.Commands.RunAsync("admin", "config", "unset", "governance.models.rules")).Succeeded();
        await room.UntilAsync(services => services.GetRequiredService<LiveChain>().Current.Links.All(link => link.Name != "models"));
        (await room.AskAsync(1, "echo")).ShouldBe(HttpStatusCode.OK);
        (await room.Commands.RunAsync("admin", "config", "diff", "--exit-code")).Succeeded();
        var history = (await room.Commands.RunAsync("admin", "config", "history", "--json")).Succeeded().Json.EnumerateArray().ToList();
        history.Select(row => row.GetProperty("version").GetInt64()).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task A_change_is_put_back_by_its_version()
    {
        await using var room = await Room.OpenAsync(replicas: 1);
        (await room.Commands.RunAsync("admin", "config", "set", "governance.rate.burst", "11")).Succeeded();
        (await room.Commands.RunAsync("admin", "config", "set", "governance.rate.burst", "12")).Succeeded();

        (await room.Commands.RunAsync("admin", "config", "revert", "2")).Succeeded();
        await room.UntilAsync(settings => settings.Rate.Burst == 11);
        (await room.Commands.RunAsync("admin", "config", "revert", "1")).Succeeded();
        await room.UntilAsync(settings => settings.Rate.Burst == 200);
        var again = await room.Commands.RunAsync("admin", "config", "revert", "1");
        again.Code.ShouldBe(1);
        again.Error.ShouldContain("not set live");
    }

    [Fact]
    public async Task Administrators_set_and_read_by_route_and_others_do_not()
    {
        await using var room = await Room.OpenAsync(replicas: 1);
        using var admin = room.Client(0, "root", Tier.Admin);
        using var alice = room.Client(0, "alice");
        (await alice.GetAsync("api/v1/settings")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        using var set = await admin.PutAsJsonAsync("api/v1/settings/governance.modes", new { value = new { rate = "observe" }, reason = "by route" });
        set.StatusCode.ShouldBe(HttpStatusCode.OK);
        await room.UntilAsync(settings => settings.Modes.GetValueOrDefault("rate") == PolicyMode.Observe);
        using var wrong = await admin.PutAsJsonAsync("api/v1/settings/governance.modes", new { value = new { rat = "observe" } });
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await wrong.Content.ReadAsStringAsync()).ShouldContain("did you mean");
        var listed = await admin.GetFromJsonAsync<JsonElement>("api/v1/settings");
        listed.GetProperty("settings")[0].GetProperty("updatedBy").GetString().ShouldBe("root");
        using var deleted = await admin.DeleteAsync("api/v1/settings/governance.modes?reason=done");
        deleted.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var gone = await admin.DeleteAsync("api/v1/settings/governance.modes");
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_a_newer_version_set_is_left_out_and_health_says_so()
    {
        await using var room = await Room.OpenAsync(replicas: 1);
        await room.Database.ExecuteAsync("insert into live.settings (tenant, key, value, version, updated_by) values ('tests', 'governance.rate.of_the_future', '1', 1, 'x'), ('tests', 'governance.rate.burst', '33', 2, 'x')");
        await room.UntilAsync(services => services.GetRequiredService<Systemprompt.Live.LiveFeed>().Faults.Count == 1 && services.GetRequiredService<ILive<GovernanceSettings>>().Value.Rate.Burst == 33);

        var health = await room.HealthAsync();
        health.ShouldContain("governance.rate.of_the_future");
        (await room.AskAsync(0, "echo")).ShouldBe(HttpStatusCode.OK);
        // What is not understood does not stand in the way of a change beside it.
        (await room.Commands.RunAsync("admin", "config", "set", "governance.rate.burst", "34")).Succeeded();
    }

    [Fact]
    public async Task Routes_are_set_live_and_shown_by_the_commands()
    {
        await using var room = await Room.OpenAsync(replicas: 1);
        (await room.Commands.RunAsync("admin", "config", "set", "ai.routes.quick", "{ models: [quick], to: [echo/echo] }")).Succeeded();
        await room.UntilAsync(services => services.GetRequiredService<ILive<Systemprompt.Ai.AiSettings>>().Value.Routes.ContainsKey("quick"));

        (await room.AskAsync(0, "quick")).ShouldBe(HttpStatusCode.OK);
        (await room.ModelsAsync(0, "alice")).ShouldBe(["echo", "quick"]);
        (await room.Commands.RunAsync("gateway", "routes", "list", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(1);
        (await room.Commands.RunAsync("gateway", "routes", "list", "--offline", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(0);
        (await room.Commands.RunAsync("gateway", "routes", "test", "quick")).Succeeded().Out.ShouldContain("echo");
        var wrong = await room.Commands.RunAsync("admin", "config", "set", "ai.routes.slow", "{ models: [slow], to: [ecoh] }");
        wrong.Code.ShouldBe(1);
        wrong.Error.ShouldContain("there is no provider 'ecoh'");
    }

    [Fact]
    public async Task Two_who_change_at_once_get_two_versions()
    {
        await using var room = await Room.OpenAsync(replicas: 1);
        var results = await Task.WhenAll(Enumerable.Range(1, 6).Select(at => room.Commands.RunAsync("admin", "config", "set", "governance.rate.burst", (100 + at).ToString(System.Globalization.CultureInfo.InvariantCulture), "--json")));
        results.Select(result => result.Succeeded().Json.GetProperty("version").GetInt64()).Order().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    private sealed class Room : IAsyncDisposable
    {
        private readonly List<ServerHost> _servers = [];

        private Room(DatabaseFixture database)
        {
            Database = database;
            Commands = new CommandLine(database.Url) { Variables = { ["PORT"] = "0", ["JOBS"] = "off" } };
        }

        public DatabaseFixture Database { get; }

        public CommandLine Commands { get; }

        public static async Task<Room> OpenAsync(int replicas)
        {
            var room = new Room(await DatabaseFixture.CreateEmptyAsync());
            for (var at = 0; at < replicas; at++)
            {
                var server = room.Commands.Server();
                room._servers.Add(server);
                await server.StartAsync(CancellationToken.None);
                await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
            }

            return room;
        }

        public HttpClient Client(int replica, string login, Tier tier = Tier.User) => _servers[replica].Client(login, tier);

        public async Task<HttpStatusCode> AskAsync(int replica, string model, string login = "alice")
        {
            using var client = Client(replica, login);
            using var answer = await client.PostAsJsonAsync("v1/messages", new { model, max_tokens = 8, messages = new[] { new { role = "user", content = "hello" } } });
            return answer.StatusCode;
        }

        public async Task<IReadOnlyList<string>> ModelsAsync(int replica, string login)
        {
            using var client = Client(replica, login);
            return [.. (await client.GetFromJsonAsync<JsonElement>("v1/models")).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!)];
        }

        public async Task<string> HealthAsync() =>
            JsonSerializer.Serialize(await _servers[0].Services.GetRequiredService<HealthReports>().CheckAsync(CancellationToken.None));

        public Task UntilAsync(Func<GovernanceSettings, bool> condition) => UntilAsync(services => condition(services.GetRequiredService<ILive<GovernanceSettings>>().Value));

        public Task UntilAsync(Func<IServiceProvider, bool> condition) => Scheduler.Queue.UntilAsync(() => _servers.All(server => condition(server.Services)));

        public async ValueTask DisposeAsync()
        {
            foreach (var server in _servers) await server.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
