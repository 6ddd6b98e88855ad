using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Database;

public sealed class DatabaseCommandsTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;
    private CommandLine _commands = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        _commands = new CommandLine(_database.Url);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Plan_lists_what_is_pending_in_order_and_changes_nothing()
    {
        var planned = (await _commands.RunAsync("infra", "db", "plan", "--json")).Succeeded().Json;
        var files = planned.EnumerateArray().Select(step => step.GetProperty("file").GetString()!).ToList();

        files.IndexOf("audit/001_writers.sql").ShouldBeLessThan(files.IndexOf("ai/001_requests.sql"));
        planned[0].GetProperty("statements").GetInt32().ShouldBePositive();
        planned[0].GetProperty("sql").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await _database.ScalarAsync<bool>("select to_regnamespace('database') is null")).ShouldBeTrue();
    }

    [Fact]
    public async Task Plan_prints_the_statements_on_request()
    {
        var text = (await _commands.RunAsync("infra", "db", "plan", "--sql")).Succeeded().Out;
        text.ShouldContain("-- audit/001_writers.sql\n");
        text.ShouldContain("create table audit.writers (");

        (await _commands.RunAsync("infra", "db", "plan", "--sql", "--json")).Succeeded().Json[0].GetProperty("sql").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Migrate_says_what_it_applied_and_then_has_nothing_to_do()
    {
        var applied = (await _commands.RunAsync("infra", "db", "migrate", "--json")).Succeeded().Json;
        applied.EnumerateArray().Select(step => step.GetProperty("file").GetString()).ShouldContain("ai/001_requests.sql");

        var again = (await _commands.RunAsync("infra", "db", "migrate")).Succeeded();
        again.Error.Trim().ShouldBe("nothing was pending");
        (await _commands.RunAsync("infra", "db", "migrate", "--json")).Succeeded().Json.GetArrayLength().ShouldBe(0);
        (await _commands.RunAsync("infra", "db", "plan")).Succeeded().Error.Trim().ShouldBe("nothing is pending");
    }

    [Fact]
    public async Task Status_tells_how_far_each_schema_has_come()
    {
        var before = (await _commands.RunAsync("infra", "db", "status", "--json")).Succeeded().Json;
        before.GetProperty("reachable").GetBoolean().ShouldBeTrue();
        before.GetProperty("place").GetString().ShouldEndWith($"/{_database.Name}");
        before.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        before.GetProperty("extensions").EnumerateArray().Sum(row => row.GetProperty("applied").GetInt32()).ShouldBe(0);

        await _commands.RunAsync("infra", "db", "migrate");
        await _database.ExecuteAsync("insert into database.migrations values ('billing', 1, 'gone', 'x', now(), 'me', '0')");

        var after = (await _commands.RunAsync("infra", "db", "status", "--json")).Succeeded().Json;
        after.GetProperty("extensions").EnumerateArray().Sum(row => row.GetProperty("pending").GetInt32()).ShouldBe(0);
        after.GetProperty("extensions").EnumerateArray().Single(row => row.GetProperty("extension").GetString() == "audit").GetProperty("newest").GetString().ShouldBe("audit/003_grace.sql");
        after.GetProperty("left_over")[0].GetString().ShouldBe("billing");
        (await _commands.RunAsync("infra", "db", "status")).Succeeded().Out.ShouldContain("billing");
    }

    [Fact]
    public async Task A_changed_migration_is_found_and_can_be_accepted()
    {
        await _commands.RunAsync("infra", "db", "migrate");
        await _database.ExecuteAsync("update database.migrations set checksum = 'other' where extension = 'audit' and number = 1");

        var verified = await _commands.RunAsync("infra", "db", "verify", "--json");
        verified.Code.ShouldBe(1);
        verified.Error.ShouldContain("audit/001_writers.sql was changed after it was applied");
        verified.Json.EnumerateArray().Where(row => row.GetProperty("result").GetString() != "ok").ShouldHaveSingleItem().GetProperty("result").GetString().ShouldBe("changed");
        (await _commands.RunAsync("infra", "db", "status")).Code.ShouldBe(1);
        var refused = await _commands.RunAsync("infra", "db", "migrate");
        refused.Code.ShouldBe(1);
        refused.Error.ShouldContain("run 'infra db migrate --accept-checksum audit/001'");
        refused.Error.ShouldNotContain("Exception");

        (await _commands.RunAsync("infra", "db", "migrate", "--accept-checksum", "audit/001")).Succeeded().Error.ShouldContain("audit/001_writers.sql is accepted as it is now");
        (await _commands.RunAsync("infra", "db", "verify")).Succeeded();
    }

    [Fact]
    public async Task A_database_newer_than_the_binary_is_found()
    {
        await _commands.RunAsync("infra", "db", "migrate");
        await _database.ExecuteAsync("insert into database.migrations values ('audit', 999, 'later', 'x', now(), 'me', '0'), ('billing', 1, 'gone', 'x', now(), 'me', '0')");

        var verified = await _commands.RunAsync("infra", "db", "verify", "--json");
        verified.Code.ShouldBe(1);
        verified.Error.ShouldContain("the database is newer than the binary");
        verified.Json.EnumerateArray().ToDictionary(row => row.GetProperty("file").GetString()!, row => row.GetProperty("result").GetString())
            .ShouldSatisfyAllConditions(
                results => results["audit/999_later.sql"].ShouldBe("missing"),
                results => results["billing/001_gone.sql"].ShouldBe("left_over"),
                results => results["ai/001_requests.sql"].ShouldBe("ok"));
    }

    [Theory]
    [InlineData("audit", "is not EXTENSION/NNN such as billing/001")]
    [InlineData("audit/x", "is not EXTENSION/NNN")]
    [InlineData("billing/001", "this binary has no such migration; 'infra db verify' lists those that are applied")]
    [InlineData("audit/999", "this binary has no such migration")]
    public async Task A_checksum_that_cannot_be_meant_is_a_wrong_call(string step, string message)
    {
        var result = await _commands.RunAsync("infra", "db", "migrate", "--accept-checksum", step);
        result.Code.ShouldBe(2);
        result.Error.ShouldContain($"--accept-checksum {step}");
        result.Error.ShouldContain(message);
    }

    [Fact]
    public async Task A_failing_migration_names_its_line_and_what_stands()
    {
        var commands = new CommandLine(_database.Url, new BrokenExtension());

        var result = await commands.RunAsync("infra", "db", "migrate");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe("broken/001_first.sql:2: relation \"broken.nothing\" does not exist (42P01). Nothing of this migration has been kept; all before it stand.");
        (await commands.RunAsync("infra", "db", "status", "--json")).Json.GetProperty("extensions").EnumerateArray()
            .Single(row => row.GetProperty("extension").GetString() == "broken").GetProperty("pending").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_may_not_migrate_refuses_and_names_the_command()
    {
        _commands.Variables["MIGRATE"] = "never";
        await using (var server = _commands.Server())
            (await Should.ThrowAsync<DatabaseRefusedException>(() => server.Services.GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None))).Message.ShouldContain("run 'infra db migrate' with this binary first");

        (await _commands.RunAsync("infra", "db", "migrate")).Succeeded();

        await using var second = _commands.Server();
        await second.Services.GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("plan")]
    [InlineData("migrate")]
    [InlineData("verify")]
    public async Task A_database_that_is_away_is_one_clear_line(string command)
    {
        var away = new CommandLine("postgres://nobody:secret@127.0.0.1:1/app");

        var result = await away.RunAsync("infra", "db", command);

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe("the database at 127.0.0.1:1/app cannot be used: the connection was refused: no PostgreSQL listens there");
    }

    [Fact]
    public async Task Status_of_a_database_that_is_away_is_still_one_document()
    {
        var result = await new CommandLine("postgres://nobody:secret@127.0.0.1:1/app").RunAsync("infra", "db", "status", "--json");

        result.Code.ShouldBe(1);
        result.Json.GetProperty("reachable").GetBoolean().ShouldBeFalse();
        result.Json.GetProperty("faults")[0].GetString()!.ShouldContain("no PostgreSQL listens there");
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_audit_command_without_a_database_is_one_clear_line()
    {
        var result = await new CommandLine("postgres://nobody:secret@127.0.0.1:1/app").RunAsync("infra", "audit", "list");

        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe("database: the connection was refused: no PostgreSQL listens there; 'infra db status' says where it is");
    }

    [Extension("broken")]
    private sealed class BrokenExtension : Extension
    {
        public override IReadOnlyList<Migration> Migrations => [new(1, "first", "create table broken.a (id int);\ninsert into broken.nothing values (1);")];
    }
}
