using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database.Migrations;
using Systemprompt.Secrets;

namespace Systemprompt.Integration.Tests.Secrets;

public sealed class SecretsTests : IAsyncLifetime
{
    private const string Old = "the first key, longer than thirty-two bytes";
    private const string New = "the second key, longer than thirty-two bytes";

    /// <summary>A profile of the same tenant, with a provider whose key is a secret.</summary>
    private const string Sealed =
        """
        tenant: tests
        database: { url: "${DATABASE_URL}", connect_timeout: 2s }
        security: { jwt_secret: "${JWT_SECRET}" }
        secrets: { key: "${SECRETS_KEY}" }
        ai:
          providers:
            anthropic:
              wire: anthropic
              endpoint: https://api.anthropic.com
              api_key_secret: anthropic_key
              models: ["claude-*"]
        """;

    private DatabaseFixture _database = null!;
    private CommandLine _commands = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _commands = new CommandLine(_database.Url) { Variables = { ["PORT"] = "0", ["SECRETS_KEY"] = Old, ["VALUE"] = "sk-canary-1" } };
        await using var services = await _commands.ServicesAsync();
        await services.Provider.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_secret_is_listed_without_its_value_and_stands_sealed_in_the_database()
    {
        (await SetAsync("anthropic_key")).Succeeded().Out.Trim().ShouldBe("anthropic_key is set");

        var listed = (await _commands.RunAsync("admin", "secrets", "list", "--json")).Succeeded();
        listed.Out.ShouldNotContain("canary");
        var row = listed.Json.EnumerateArray().ShouldHaveSingleItem();
        (row.GetProperty("name").GetString(), row.GetProperty("key").GetString(), row.GetProperty("opens").GetBoolean(), row.GetProperty("updated_by").GetString())
            .ShouldBe(("anthropic_key", "current", true, "cli"));
        (await _database.ScalarAsync<bool>("select position(convert_to('canary', 'utf8') in sealed) = 0 and position(convert_to('canary', 'utf8') in nonce) = 0 from secrets.secrets")).ShouldBeTrue();
        (await _database.ScalarAsync<string>("select change || ' ' || by_whom from secrets.changes")).ShouldBe("set cli");
    }

    [Fact]
    public async Task Rotation_seals_everything_with_the_new_key_and_the_old_one_may_go()
    {
        await SetAsync("one");
        await SetAsync("two");
        _commands.Variables["SECRETS_KEY"] = New;
        _commands.Variables["SECRETS_KEY_PREVIOUS"] = Old;
        await SetAsync("three");
        (await ValueAsync("one")).ShouldBe("sk-canary-1");

        (await _commands.RunAsync("admin", "secrets", "rotate", "--json")).Succeeded().Json.GetProperty("resealed").EnumerateArray().Select(name => name.GetString()).ShouldBe(["one", "two"]);

        _commands.Variables.Remove("SECRETS_KEY_PREVIOUS");
        foreach (var name in new[] { "one", "two", "three" }) (await ValueAsync(name)).ShouldBe("sk-canary-1");
        (await _commands.RunAsync("admin", "secrets", "rotate")).Succeeded().Out.Trim().ShouldBe("every secret has the current key already");
        (await _database.ScalarAsync<long>("select count(*) from secrets.changes where change = 'resealed'")).ShouldBe(2);
    }

    [Fact]
    public async Task Rotation_that_cannot_open_one_changes_none_and_says_which()
    {
        await SetAsync("one");
        _commands.Variables["SECRETS_KEY"] = "a key that nobody set here, longer than thirty-two";
        await SetAsync("stranger");
        _commands.Variables["SECRETS_KEY"] = New;
        _commands.Variables["SECRETS_KEY_PREVIOUS"] = Old;
        var before = await _database.ScalarAsync<string>("select string_agg(md5(sealed), ',' order by name) from secrets.secrets");

        var run = await _commands.RunAsync("admin", "secrets", "rotate");

        run.Code.ShouldBe(1);
        run.Error.ShouldContain("'stranger' is sealed with key ");
        run.Error.ShouldContain("nothing has changed");
        (await _database.ScalarAsync<string>("select string_agg(md5(sealed), ',' order by name) from secrets.secrets")).ShouldBe(before);
        (await _commands.RunAsync("admin", "secrets", "list")).Succeeded().Out.ShouldContain("(unknown)");
    }

    [Fact]
    public async Task A_row_put_in_anothers_place_does_not_open()
    {
        await SetAsync("one");
        await _database.ExecuteAsync("update secrets.secrets set name = 'two'");

        (await ValueAsync("two")).ShouldBeNull();
    }

    [Fact]
    public async Task A_running_process_has_a_changed_secret_within_a_second_and_forgets_a_deleted_one()
    {
        await using var server = _commands.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started;
        var secrets = server.Services.GetRequiredService<ISecrets>();
        secrets.Find("late").ShouldBeNull();

        await SetAsync("late");
        await Scheduler.Queue.UntilAsync(() => secrets.Find("late") == "sk-canary-1");
        (await _commands.RunAsync("admin", "secrets", "delete", "late")).Succeeded();
        await Scheduler.Queue.UntilAsync(() => secrets.Find("late") is null);

        (await _commands.RunAsync("admin", "secrets", "delete", "late")).Error.ShouldContain("there is no secret 'late'");
        await server.StopAsync();
    }

    [Fact]
    public async Task A_provider_whose_key_is_a_secret_that_is_not_there_is_listed_with_the_reason()
    {
        var folder = Directory.CreateTempSubdirectory("secret-key-");
        try
        {
            var profile = Path.Combine(folder.FullName, "profile.yaml");
            await File.WriteAllTextAsync(profile, Sealed);

            (await ListedAsync(profile)).ShouldBe((false, "no key (there is no secret 'anthropic_key'; admin secrets set anthropic_key)"));
            (await SetAsync("anthropic_key")).Succeeded();
            (await ListedAsync(profile)).ShouldBe((true, null));

            _commands.Variables["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none";
            var offline = (await _commands.RunAsync("gateway", "providers", "--offline", "--json", "--profile", profile)).Succeeded();
            offline.Json[0].GetProperty("name").GetString().ShouldBe("anthropic");
            offline.Error.ShouldContain("--offline looks at no secrets");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("")]
    [InlineData("../up")]
    public async Task A_name_that_is_none_is_refused(string name) => (await SetAsync(name)).Error.ShouldContain("is no name for a secret");

    [Fact]
    public async Task Without_a_key_nothing_is_sealed_and_the_message_names_it()
    {
        _commands.Variables.Remove("SECRETS_KEY");

        var run = await SetAsync("one");

        (run.Code, run.Error.Contains("secrets.key is unset", StringComparison.Ordinal)).ShouldBe((1, true));
        _commands.Variables["SECRETS_KEY"] = Old;
        _commands.Variables["VALUE"] = "";
        (await SetAsync("one")).Error.ShouldContain("--from-env VALUE: the variable is unset or empty");
    }

    private async Task<(bool Enabled, string? Because)> ListedAsync(string profile)
    {
        var row = (await _commands.RunAsync("gateway", "providers", "--json", "--profile", profile)).Succeeded().Json.EnumerateArray().ShouldHaveSingleItem();
        return (row.GetProperty("enabled").GetBoolean(), row.GetProperty("disabled_because").GetString());
    }

    private Task<CommandResult> SetAsync(string name) => _commands.RunAsync("admin", "secrets", "set", name, "--from-env", "VALUE");

    private async Task<string?> ValueAsync(string name)
    {
        await using var services = await _commands.ServicesAsync();
        var cache = services.Provider.GetRequiredService<SecretCache>();
        await cache.ReadAsync(CancellationToken.None);
        return cache.Find(name);
    }
}
