using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Users;

public sealed class UsersTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;
    private CommandLine _commands = null!;
    private ServerHost _server = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _commands = new CommandLine(_database.Url, new DeskRoom()) { Variables = { ["PORT"] = "0" } };
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
    public async Task The_last_administrator_cannot_be_removed_in_any_way()
    {
        await RunAsync("users", "create", "ann", "--tier", "admin");
        await RunAsync("users", "create", "bob");

        foreach (var call in new string[][] { ["delete", "ann"], ["suspend", "ann"], ["update", "ann", "--tier", "user"] })
        {
            var run = await _commands.RunAsync(["admin", "users", .. call]);
            (run.Code, run.Error.Contains("'ann' is the last active administrator", StringComparison.Ordinal)).ShouldBe((1, true), string.Join(' ', call));
        }

        using var admin = Client(Tier.Admin, "root");
        (await admin.DeleteAsync("api/v1/users/ann")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await RunAsync("users", "update", "bob", "--tier", "admin");
        await RunAsync("users", "delete", "ann");
        (await _commands.RunAsync("admin", "users", "delete", "bob")).Code.ShouldBe(1);
    }

    [Fact]
    public async Task A_right_is_not_taken_without_the_tokens_that_carry_it()
    {
        await RunAsync("users", "create", "ann", "--tier", "admin");
        await RunAsync("users", "create", "bob", "--tier", "admin");
        await _database.ExecuteAsync("alter table security.revocations add constraint closed check (false) not valid");

        (await _commands.RunAsync("admin", "users", "update", "bob", "--tier", "user")).Code.ShouldBe(1);

        (await _database.ScalarAsync<string>("select tier from users.users where login = 'bob'")).ShouldBe("admin");
    }

    [Fact]
    public async Task Of_two_administrators_who_remove_each_other_at_once_one_stays()
    {
        for (var round = 0; round < 5; round++)
        {
            await _database.ExecuteAsync("delete from users.users; insert into users.users (tenant, login, kind, tier) values ('tests', 'a', 'person', 'admin'), ('tests', 'b', 'person', 'admin')");

            var runs = await Task.WhenAll(_commands.RunAsync("admin", "users", "suspend", "a"), _commands.RunAsync("admin", "users", "suspend", "b"));

            runs.Select(run => run.Code).Order().ShouldBe([0, 1]);
            (await _database.ScalarAsync<long>("select count(*) from users.users where tier = 'admin' and status = 'active'")).ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_suspended_user_is_out_with_every_credential_and_in_again_with_new_ones()
    {
        await RunAsync("users", "create", "bob");
        var key = (await RunAsync("keys", "create", "bob", "--name", "laptop")).Out.Trim();
        await UntilAsync(Client(key), HttpStatusCode.OK);
        var token = Token(Tier.User, "bob");

        await RunAsync("users", "suspend", "bob");

        await UntilAsync(Client(token), HttpStatusCode.Unauthorized);
        await UntilAsync(Client(key), HttpStatusCode.Unauthorized);
        // One that was made offline since is refused too.
        await _database.ExecuteAsync("update security.revocations set before = before - interval '1 day'");
        await UntilAsync(Client(Token(Tier.User, "bob")), HttpStatusCode.Unauthorized, "account_blocked");
        (await _commands.RunAsync("admin", "keys", "create", "bob", "--name", "x")).Error.ShouldContain("'bob' is suspended");
        await RunAsync("users", "resume", "bob");
        await UntilAsync(Client(Token(Tier.User, "bob")), HttpStatusCode.OK);
    }

    [Fact]
    public async Task Whoever_finds_some_of_a_key_finds_whose_it_is_and_never_its_secret()
    {
        await RunAsync("users", "create", "bob");
        var key = (await RunAsync("keys", "create", "bob", "--name", "laptop", "--project", "apollo")).Out.Trim();
        var other = (await RunAsync("keys", "create", "bob", "--name", "ci")).Out.Trim();
        await RunAsync("keys", "delete", other[..13]);

        (await FindAsync(key[..7])).ShouldBe($"{key[..13]} beginning active bob laptop apollo");
        (await FindAsync(key[..13])).ShouldBe($"{key[..13]} name active bob laptop apollo");
        (await FindAsync($"{key[..13]}_…")).ShouldBe($"{key[..13]} name active bob laptop apollo");
        (await FindAsync(key[..30])).ShouldBe($"{key[..13]} name active bob laptop apollo");
        (await FindAsync($"Authorization: Bearer {key}")).ShouldBe($"{key[..13]} key active bob laptop apollo");
        (await FindAsync(key[..^1] + (key[^1] == 'A' ? 'B' : 'A'))).ShouldBe($"{key[..13]} other secret active bob laptop apollo");
        (await FindAsync(other)).ShouldBe($"{other[..13]} name deleted bob  ");
        foreach (var text in new[] { key, key[..^1] + "!" })
        {
            var run = await _commands.RunAsync("admin", "keys", "find", text);
            (run.Out + run.Error).ShouldNotContain(key[14..50]);
        }

        (await _commands.RunAsync("admin", "keys", "find", "sp_zzzzzzzzzz")).Code.ShouldBe(1);
        (await _commands.RunAsync("admin", "keys", "find", "hello world")).Error.ShouldContain("no part of an access key");
        (await _commands.RunAsync("admin", "keys", "find", "sp_ab")).Error.ShouldContain("at least 3 letters");
        (await RunAsync("keys", "list", "--prefix", key[..6], "--json")).Json.EnumerateArray().Select(one => $"{one.GetProperty("prefix").GetString()} {one.GetProperty("project").GetString()}").ShouldContain($"{key[..13]} apollo");
        (await RunAsync("keys", "list", "--prefix", "sp_zzzzzzzzzz", "--json")).Json.GetArrayLength().ShouldBe(0);
        (await _commands.RunAsync("admin", "keys", "create", "bob", "--name", "x", "--project", "two words")).Error.ShouldContain("a project has 1 to 64 letters");

        using var admin = Client(Tier.Admin, "root");
        (await admin.GetFromJsonAsync<JsonElement>($"api/v1/keys?prefix={key[..8]}"))[0].GetProperty("login").GetString().ShouldBe("bob");
        var refused = await admin.GetAsync($"api/v1/keys?prefix={key}");
        (refused.StatusCode, (await refused.Content.ReadAsStringAsync()).Contains(key, StringComparison.Ordinal)).ShouldBe((HttpStatusCode.BadRequest, false));
        using var found = await admin.PostAsJsonAsync("api/v1/keys/find", new { key });
        (await found.Content.ReadFromJsonAsync<JsonElement>())[0].GetProperty("match").GetString().ShouldBe("key");
        (await Client(Tier.User, "bob").PostAsJsonAsync("api/v1/keys/find", new { key })).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var made = await admin.PostAsJsonAsync("api/v1/keys", new { login = "bob", name = "web", project = "gemini" });
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await RunAsync("keys", "list", "--json")).Json.EnumerateArray().Select(one => one.GetProperty("project").GetString()).ShouldContain("gemini");

        async Task<string> FindAsync(string text)
        {
            var one = (await RunAsync("keys", "find", text, "--json")).Json.EnumerateArray().ShouldHaveSingleItem();
            return string.Join(' ', new[] { "prefix", "match", "state", "login", "name", "project" }.Select(name => one.GetProperty(name).GetString()));
        }
    }

    [Fact]
    public async Task Keys_are_found_by_their_indexes()
    {
        await _database.ExecuteAsync(
            """
            insert into users.users (tenant, login, kind, tier) values ('tests', 'many', 'service', 'service');
            insert into users.keys (tenant, prefix, login, name, hash) select 'tests', 'sp_' || substr(md5(n::text), 1, 10), 'many', 'n', '' from generate_series(1, 5000) n;
            analyze users.keys;
            """);
        var plan = await _database.ScalarAsync<string>($"explain (format json) {Systemprompt.Users.AccessStore.FindKeys.Replace("@tenant", "'tests'").Replace("@start", "'sp_abc'").Replace("@below", "'sp_abd'").Replace("@limit", "100")}");

        plan.ShouldContain("keys_prefix");
        plan.ShouldContain("tenant_detail_idx");
    }

    [Fact]
    public async Task A_key_stands_for_its_user_with_the_scopes_of_his_roles_until_it_is_deleted()
    {
        await RunAsync("users", "create", "robot", "--service", "--tier", "service", "--role", "desk.keeper");
        var key = (await RunAsync("keys", "create", "robot", "--name", "ci", "--json")).Json.GetProperty("key").GetString()!;
        using var robot = Client(key);
        await UntilAsync(robot, HttpStatusCode.OK);

        var me = await robot.GetFromJsonAsync<JsonElement>("api/v1/me");
        (me.GetProperty("login").GetString(), me.GetProperty("tier").GetString(), me.GetProperty("scopes")[0].GetString()).ShouldBe(("robot", "service", "desk:keep"));
        (await robot.GetAsync("api/v1/desk")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var header = new HttpClient { BaseAddress = _server.Address, DefaultRequestHeaders = { { "x-api-key", key } } };
        (await header.GetAsync("api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Client(key[..^1] + (key[^1] == 'A' ? 'B' : 'A')).GetAsync("api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        var listed = (await RunAsync("keys", "list", "--json")).Out;
        listed.ShouldNotContain(key);
        listed.ShouldContain(key[..13]);
        (await _database.ScalarAsync<bool>($"select not exists (select from users.keys where encode(hash, 'escape') like '%{key[14..]}%')")).ShouldBeTrue();
        await RunAsync("users", "revoke", "robot", "desk.keeper");
        // A key follows its user; it is not revoked with his tokens.
        await UntilAsync(Client(key), HttpStatusCode.Forbidden, path: "api/v1/desk");
        (await Client(key).GetAsync("api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RunAsync("keys", "delete", key[..13]);
        await UntilAsync(Client(key), HttpStatusCode.Unauthorized, "key_unknown");
    }

    [Fact]
    public async Task A_role_of_an_extension_that_is_gone_keeps_nobody_from_being_suspended()
    {
        await RunAsync("users", "create", "bob");
        await _database.ExecuteAsync("update users.users set roles = '{gone.one,gone.two}' where login = 'bob'");

        await RunAsync("users", "suspend", "bob");
        await RunAsync("users", "revoke", "bob", "gone.one");

        (await RunAsync("users", "show", "bob", "--json")).Json.GetProperty("roles").EnumerateArray().Select(role => role.GetString()).ShouldBe(["gone.two"]);
    }

    [Fact]
    public async Task A_link_lets_in_once_and_looking_at_it_uses_nothing_up()
    {
        await RunAsync("users", "create", "bob", "--role", "desk.keeper");
        var path = new Uri((await RunAsync("users", "invite", "bob")).Out.Trim()).AbsolutePath;
        using var anybody = new HttpClient { BaseAddress = _server.Address };
        for (var look = 0; look < 3; look++) (await anybody.GetStringAsync(path)).ShouldContain("Let me in");

        var page = await anybody.PostAsync(path, null);

        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var html = await page.Content.ReadAsStringAsync();
        var token = html.Split("<pre>")[1].Split("</pre>")[0];
        (await Client(token).GetAsync("api/v1/desk")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await anybody.PostAsync(path, null)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await anybody.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        var again = (await RunAsync("users", "invite", "bob", "--json")).Json.GetProperty("link").GetString()!;
        await _database.ExecuteAsync("update users.links set expires_at = now() where used_at is null");
        (await anybody.PostAsync(new Uri(again).AbsolutePath, null)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await anybody.GetAsync("/login/" + new string('a', 43))).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await _database.ScalarAsync<bool>($"select not exists (select from users.links where encode(hash, 'escape') like '%{path[7..]}%')")).ShouldBeTrue();
    }

    [Fact]
    public async Task Every_change_is_on_record_with_who_made_it()
    {
        await RunAsync("users", "create", "bob", "--email", "bob@example.com");
        using var ann = Client(Tier.Admin, "ann");
        (await ann.PatchAsJsonAsync("api/v1/users/bob", new { displayName = "Bob", roles = new[] { "desk.keeper" } })).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RunAsync("teams", "create", "platform");
        (await ann.PutAsync("api/v1/teams/platform/members/bob", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await RunAsync("users", "list", "--team", "platform", "--json")).Json.EnumerateArray().ShouldHaveSingleItem().GetProperty("teams")[0].GetString().ShouldBe("platform");
        await RunAsync("users", "delete", "bob");

        var changes = (await RunAsync("users", "changes", "--of", "bob", "--json")).Json.EnumerateArray().Reverse()
            .Select(change => $"{change.GetProperty("change").GetString()} {change.GetProperty("by_whom").GetString()}").ToList();

        changes.ShouldBe(["created cli", "granted ann", "name ann", "joined ann", "deleted cli"]);
        (await _database.ScalarAsync<long>("select count(*) from users.users where email is not null or display_name is not null")).ShouldBe(0);
        (await _commands.RunAsync("admin", "users", "create", "bob")).Error.ShouldContain("login 'bob' is taken");
    }

    [Fact]
    public async Task Users_go_out_and_come_in_as_one_file_and_a_wrong_file_changes_nothing()
    {
        await RunAsync("users", "create", "ann", "--tier", "admin");
        await RunAsync("users", "create", "bob", "--email", "bob@example.com");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, (await RunAsync("users", "export")).Out.Replace("bob@example.com", "robert@example.com")
            .Replace("[\n", """[ { "login": "carol", "tier": "admin", "teams": ["new-team"] },""" + "\n", StringComparison.Ordinal));

        (await RunAsync("users", "import", file)).Out.Trim().ShouldBe("1 created, 1 changed, 1 as they were");
        (await RunAsync("users", "import", file)).Out.Trim().ShouldBe("0 created, 0 changed, 3 as they were");
        await File.WriteAllTextAsync(file, """[{"login":"dave"},{"login":"e e","tier":"boss"},{"login":"dave","email":"x"}]""");
        var wrong = await _commands.RunAsync("admin", "users", "import", file);
        (wrong.Code, wrong.Error.Trim().Split('\n').Length).ShouldBe((2, 2));
        wrong.Error.ShouldContain("entry 2: login 'e e'");
        await File.WriteAllTextAsync(file, """[{"login":"dave","pasword":"x"}]""");
        (await _commands.RunAsync("admin", "users", "import", file)).Error.ShouldContain("not a JSON array of users");
        (await RunAsync("users", "list", "--json")).Json.EnumerateArray().Select(user => user.GetProperty("login").GetString()).ShouldBe(["ann", "bob", "carol"]);
        File.Delete(file);
    }

    [Fact]
    public async Task A_banned_address_is_turned_away_from_everything_but_health_until_it_is_lifted()
    {
        using var user = Client(Tier.User, "bob");
        await UntilAsync(user, HttpStatusCode.OK);

        await RunAsync("bans", "add", "127.0.0.0/8", "--reason", "scanning", "--for", "1h");

        await UntilAsync(user, HttpStatusCode.Forbidden, "address_banned");
        (await user.GetAsync("api/v1/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await RunAsync("bans", "list", "--json")).Json.EnumerateArray().ShouldHaveSingleItem().GetProperty("range").GetString().ShouldBe("127.0.0.0/8");
        await RunAsync("bans", "remove", "127.0.0.1/8");
        await UntilAsync(user, HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("there is no role 'desk.keper' in this binary; did you mean 'desk.keeper'?", "users", "create", "bob", "--role", "desk.keper")]
    [InlineData("tier 'boss': choose admin", "users", "create", "bob", "--tier", "boss")]
    [InlineData("login '../x'", "users", "create", "../x")]
    [InlineData("'nobody' is no email address", "users", "create", "bob", "--email", "nobody")]
    [InlineData("0.0.0.0/0 would turn away far too many", "bans", "add", "0.0.0.0/0", "--reason", "x")]
    [InlineData("team 'A b'", "teams", "create", "A b")]
    public async Task What_is_wrong_is_said(string message, params string[] call)
    {
        var run = await _commands.RunAsync(["admin", .. call]);

        run.Code.ShouldBe(2);
        run.Error.ShouldStartWith(message);
    }

    private async Task<CommandResult> RunAsync(params string[] call) => (await _commands.RunAsync(["admin", .. call])).Succeeded();

    private string Token(Tier tier, string subject) => new TokenIssuer(_server.Services.GetRequiredService<Profile>(), TimeProvider.System).Issue(new TokenRequest(subject, tier));

    private HttpClient Client(Tier tier, string subject) => Client(Token(tier, subject));

    private HttpClient Client(string credential) => new() { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", credential) } };

    private static async Task UntilAsync(HttpClient client, HttpStatusCode status, string? code = null, string path = "api/v1/me")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var answer = await client.GetAsync(path, limit.Token);
            if (answer.StatusCode == status && (code is null || (await answer.Content.ReadAsStringAsync(limit.Token)).Contains(code, StringComparison.Ordinal))) return;
            await Task.Delay(10, limit.Token);
        }
    }

    [Extension("desk")]
    private sealed class DeskRoom : Extension
    {
        public override IReadOnlyList<Role> Roles => [new("desk.keeper", ["desk:keep"], "Keeps the desk.")];

        public override void MapRoutes(RouteMap routes) => Microsoft.AspNetCore.Builder.EndpointRouteBuilderExtensions.MapGet(routes.Scope("desk:keep"), "/api/v1/desk", () => "kept");
    }
}
