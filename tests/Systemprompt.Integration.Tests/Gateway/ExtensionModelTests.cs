using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Ai;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Integration.Tests.Gateway;

/// <summary>A chat client and a route selector of a customer's extension, in the host on PostgreSQL.</summary>
public sealed class ExtensionModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_customers_model_answers_and_its_calls_are_recorded_and_priced(bool stream)
    {
        await using var room = await Room.OpenAsync(new HarbourRoom());

        var body = await (await room.AskAsync("harbour-small", "alice", stream)).Content.ReadAsStringAsync();

        body.ShouldContain(stream ? "message_stop" : "harbour-small heard ahoy");
        (await room.Database.ScalarAsync<string>("select concat_ws(' ', provider, model, status, input_tokens, output_tokens, cost_microdollars, upstream_request_id, coalesce(route, '-')) from ai.requests"))
            .ShouldBe("own harbour-small completed 30 4 70 harbour-1 -");
        (await room.Commands.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task A_customers_selector_chooses_and_the_row_the_commands_and_the_models_say_so()
    {
        await using var room = await Room.OpenAsync(new HarbourRoom());

        (await (await room.AskAsync("pick", "captain")).Content.ReadAsStringAsync()).ShouldContain("harbour-large heard ahoy");
        (await (await room.AskAsync("pick", "alice")).Content.ReadAsStringAsync()).ShouldNotContain("harbour-large");

        (await room.Database.ScalarAsync<string>("select string_agg(concat_ws(' ', user_id, provider, coalesce(upstream_model, '-'), route, route_reason), ', ' order by user_id) from ai.requests"))
            .ShouldBe("alice echo echo pick harbour-master (unchanged), captain own harbour-large pick harbour-master (chosen): a captain");
        (await room.Commands.RunAsync("infra", "audit", "list", "--user", "captain", "--json")).Succeeded().Out.ShouldContain("harbour-master (chosen): a captain");
        (await room.Commands.RunAsync("gateway", "routes", "list")).Succeeded().Out.ShouldContain("harbour-master");
        var captain = (await room.Commands.RunAsync("gateway", "routes", "test", "pick", "--user", "captain", "--json")).Succeeded().Json.EnumerateArray().ToList();
        captain.Select(row => (row.GetProperty("provider").GetString(), row.GetProperty("selector").GetString())).ShouldBe([("own", "harbour-master (chosen): a captain")]);
        (await room.Commands.RunAsync("gateway", "routes", "test", "pick", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(2);
        (await room.Commands.RunAsync("gateway", "routes", "test", "pick", "--offline")).Succeeded().Error.ShouldContain("harbour-master is asked about each call");
        (await room.Commands.RunAsync("gateway", "providers")).Succeeded().Out.ShouldContain("client harbour");
        var shown = (await room.Commands.RunAsync("extensions", "show", "harbour_room", "--json")).Succeeded().Json;
        shown.GetProperty("contributions").EnumerateArray().Select(row => $"{row.GetProperty("kind").GetString()} {row.GetProperty("name").GetString()}").ShouldBe(["chat client harbour", "route selector harbour-master"]);
    }

    [Fact]
    public async Task A_selector_is_set_live_and_an_unknown_one_is_refused_with_its_place()
    {
        await using var room = await Room.OpenAsync(new HarbourRoom());

        var wrong = await room.Commands.RunAsync("admin", "config", "set", "ai.routes.quick", "{ models: [quick], to: [echo, own/harbour-small], selector: harbor-master }");
        wrong.Code.ShouldBe(1);
        wrong.Error.ShouldContain("routes.quick.selector");
        wrong.Error.ShouldContain("there is no route selector 'harbor-master' in this binary, did you mean 'harbour-master'?");
        (await room.Commands.RunAsync("admin", "config", "set", "ai.routes.quick", "{ models: [quick], to: [echo, own/harbour-small], selector: harbour-master }")).Succeeded();
        await Scheduler.Queue.UntilAsync(() => room.Server.Services.GetRequiredService<ILive<AiSettings>>().Value.Routes.ContainsKey("quick"));
        (await (await room.AskAsync("quick", "captain")).Content.ReadAsStringAsync()).ShouldContain("harbour-small heard ahoy");
    }

    [Theory]
    [InlineData("CLIENT", "harbor", "ai.providers.own.client: there is no chat client 'harbor' in this binary, did you mean 'harbour'?")]
    [InlineData("CLIENT", "x", "ai.providers.own.client: there is no chat client 'x' in this binary; there is harbour")]
    [InlineData("SELECTOR", "x", "ai.routes.pick.selector: there is no route selector 'x' in this binary; there is harbour-master")]
    public async Task An_unknown_name_in_the_profile_is_named_with_its_place_and_those_there_are(string variable, string value, string message)
    {
        var commands = Commands("postgresql://nobody@127.0.0.1:1/none", new HarbourRoom());
        commands.Variables[variable] = value;

        var run = await commands.RunAsync("admin", "config", "validate");

        run.Code.ShouldBe(1);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task Two_of_one_name_and_one_of_a_disabled_extension_are_refused_at_start()
    {
        var database = await DatabaseFixture.CreateEmptyAsync();
        await using var owned = database;

        (await StartAsync(Commands(database.Url, new HarbourRoom(), new RivalRoom()))).Message
            .ShouldContain("extension 'rival_room': route selector 'harbour-master' has the name of one that extension 'harbour_room' brings; rename one");
        var disabled = Commands(database.Url, new HarbourRoom());
        disabled.Variables["DISABLED"] = "harbour_room";
        (await StartAsync(disabled)).Message.ShouldContain("ai.providers.own.client: the chat client 'harbour' is brought by an extension that is disabled; enable it, or say ai.providers.own.enabled: false");
    }

    private static async Task<ExtensionException> StartAsync(CommandLine commands)
    {
        await using var server = commands.Server();
        return await Should.ThrowAsync<ExtensionException>(async () =>
        {
            await server.StartAsync(CancellationToken.None);
            await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
        });
    }

    private static CommandLine Commands(string url, params IReadOnlyList<Extension> extensions) =>
        new(url, extensions) { Variables = { ["PORT"] = "0", ["SYSTEMPROMPT_PROFILE"] = "harbour" } };

    private sealed class Room : IAsyncDisposable
    {
        private Room(DatabaseFixture database, Extension[] extensions) => (Database, Commands) = (database, ExtensionModelTests.Commands(database.Url, extensions));

        public DatabaseFixture Database { get; }

        public CommandLine Commands { get; }

        public ServerHost Server { get; private set; } = null!;

        public static async Task<Room> OpenAsync(params Extension[] extensions)
        {
            var room = new Room(await DatabaseFixture.CreateEmptyAsync(), extensions);
            room.Server = room.Commands.Server();
            await room.Server.StartAsync(CancellationToken.None);
            await room.Server.Started.WaitAsync(TimeSpan.FromSeconds(60));
            return room;
        }

        public async Task<HttpResponseMessage> AskAsync(string model, string login, bool stream = false)
        {
            using var client = Server.Client(login);
            var answer = await client.PostAsJsonAsync("v1/messages", new { model, max_tokens = 8, stream, messages = new[] { new { role = "user", content = "ahoy" } } });
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            return answer;
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
