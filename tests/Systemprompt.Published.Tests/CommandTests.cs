using System.Diagnostics;
using System.Text.Json;
using Systemprompt.AnthropicStub;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Server and command line are one file: every command of its help runs, as its help shows it, beside a running server.</summary>
public sealed class CommandTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Examples that are not meant to end with 0 here, and why.</summary>
    private static readonly Dictionary<string, int> Expected = new()
    {
        // No call has the id of the example.
        ["infra audit show"] = 1,
        ["infra audit body"] = 1,
    };

    /// <summary>They go on until Ctrl-C.</summary>
    private static readonly string[] Endless = ["services start", "infra services start", "infra events tail", "infra logs tail"];

    /// <summary>What the examples speak of. Put there before each, since some of them take it away.</summary>
    private const string Subjects =
        """
        truncate users.users, users.teams, users.members, users.keys, users.links, users.bans, secrets.secrets, events.webhooks, scheduler.paused;
        insert into users.users (tenant, login, kind, tier) values ('myco', 'root', 'person', 'admin'), ('myco', 'alice', 'person', 'user'), ('myco', 'bob', 'person', 'user');
        insert into users.teams (tenant, name) values ('myco', 'platform');
        insert into users.keys (tenant, prefix, login, name, hash) values ('myco', 'sp_abcdefghij', 'bob', 'laptop', '\x00');
        insert into users.bans (tenant, range, reason, banned_by) values ('myco', '203.0.113.0/24', 'scanning', 'test');
        delete from budgets.definitions;
        truncate live.settings, live.changes;
        insert into live.settings (tenant, key, value, version, updated_by) values ('myco', 'governance.rate.burst', '190', 1, 'test');
        insert into live.changes (tenant, version, key, after, by_whom) values ('myco', 1, 'governance.rate.burst', '190', 'test');
        insert into budgets.definitions (tenant, name, version, spec, updated_by)
        select 'myco', name, 1, '{"per":"user","window":"day","requests":1000000}', 'test' from unnest(array['trial', 'everyone']) name;
        insert into events.webhooks (tenant, name, url, kinds, created_by) values ('myco', 'crm', 'https://crm.example.com/hook', '{*}', 'test');
        truncate files.shares, files.links, files.files, files.chunks, files.blobs;
        insert into files.blobs (tenant, id, storage, state, sha256, size) values ('myco', '0193a5c2-f0b0-7e2a-9c1d-00000000000b', 'database', 'kept', sha256('hello'), 5);
        insert into files.chunks (tenant, blob, number, data) values ('myco', '0193a5c2-f0b0-7e2a-9c1d-00000000000b', 0, 'hello');
        insert into files.files (tenant, id, owner, name, media_type, size, sha256, blob)
        values ('myco', '0193a5c2-f0b0-7e2a-9c1d-000000000001', 'alice', 'hello.txt', 'text/plain', 5, sha256('hello'), '0193a5c2-f0b0-7e2a-9c1d-00000000000b');
        insert into files.shares (tenant, file, kind, name, created_by) values ('myco', '0193a5c2-f0b0-7e2a-9c1d-000000000001', 'user', 'bob', 'alice');
        delete from scheduler.jobs where id = 1;
        insert into scheduler.jobs (id, tenant, kind, args, state, priority, run_at) overriding system value values (1, 'myco', 'scheduler.probe', '{}', 'delayed', 5, now() + interval '1 day');
        """;

    /// <summary>What else an example needs.</summary>
    private static readonly Dictionary<string, string> Before = new()
    {
        ["admin users create"] = "delete from users.users where login = 'bob'",
        ["admin teams create"] = "delete from users.teams",
        ["infra webhooks create"] = "delete from events.webhooks",
        ["admin secrets delete"] = "insert into secrets.secrets (tenant, name, key_id, nonce, sealed, updated_by) values ('myco', 'anthropic_key', 'x', '', '', 'test')",
        ["infra jobs tail"] = "delete from scheduler.jobs where id = 1; insert into scheduler.history (job, tenant, kind, attempt, outcome, enqueued_at) values (1, 'myco', 'scheduler.probe', 1, 'done', now())",
    };

    private StubServer _upstream = null!;
    private TestDatabase _database = null!;
    private PublishedHost _host = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        // For doctor, which looks whether the provider can be reached.
        _upstream = await StubServer.StartAsync();
        _database = await TestDatabase.CreateAsync();
        _host = await PublishedHost.StartAsync(_database, new HostOptions
        {
            Profile = "examples",
            Profiles = new Dictionary<string, string> { ["examples"] = new TestProfile { More = "secrets: { key: \"${SECRETS_KEY}\" }\nevents: { webhooks: { enabled: true } }\nbudgets: { limits: { everyone: { per: tenant, window: month, requests: 1000000 } } }" }.ToString() },
            Variables = new Dictionary<string, string> { ["SECRETS_KEY"] = HostOptions.NewSecret(), ["ANTHROPIC_API_KEY"] = "sk-ant-example", ["ANTHROPIC_BASE_URL"] = _upstream.Address },
        });
        await File.WriteAllTextAsync(Path.Combine(_host.Folder, "users.json"), """[{ "login": "carol" }]""");
        await File.WriteAllTextAsync(Path.Combine(_host.Folder, "notes.txt"), "notes");
        await File.WriteAllTextAsync(Path.Combine(_host.Folder, "usage.csv"), "day,model,cost_usd\n2026-01-31,claude-haiku-4-5,0\n");
        await File.WriteAllTextAsync(Path.Combine(_host.Folder, "policies.yaml"), "blocklist: { tools: [Bash] }\n");
        _token = await _host.TokenAsync();
        using var client = _host.ClientWith(_token);
        using var call = await PublishedHost.AskAsync(client);
        using var hook = await GatewayFixture.GovernAsync(client, "ls");
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Every_command_has_an_example_that_runs_and_one_json_document()
    {
        var commands = await CommandsAsync("");
        string.Join('\n', commands.Select(command => command.Path)).ShouldContain("infra audit export");
        foreach (var (path, help) in commands)
        {
            var example = ExampleOf(path, help);
            if (Endless.Contains(path)) continue;
            var expected = Expected.GetValueOrDefault(path);

            var from = Stopwatch.GetTimestamp();
            var run = await TypeAsync(path, example);
            output.WriteLine($"{Stopwatch.GetElapsedTime(from).TotalMilliseconds,5:0} ms  {example}");
            run.ExitCode.ShouldBe(expected, $"{example}\n{run.Output}{run.Error}");
            run.Error.ShouldNotContain("   at ");

            var json = example.Contains(" --json", StringComparison.Ordinal) ? run : await TypeAsync(path, $"{example} --json");
            json.ExitCode.ShouldBe(expected, $"{example} --json\n{json.Output}{json.Error}");
            if (expected != 0) json.Output.ShouldBeEmpty();
            else Should.NotThrow(() => JsonElement.Parse(json.Output), $"{example} --json printed: {json.Output}");
        }
    }

    [Theory]
    [InlineData("infra logs tail --since 1h", "API_READY")]
    [InlineData("infra logs tail --since 1h --json", "\"event\":1005")]
    public async Task What_goes_on_until_it_is_ended_shows_what_comes(string line, string seen) =>
        (await _host.TypeAsync($"timeout -s INT 3 myco {line} || true")).Succeeded().Output.ShouldContain(seen);

    [Fact]
    public async Task Both_spellings_of_services_start_serve()
    {
        foreach (var (path, help) in (await CommandsAsync("")).Where(command => command.Path.EndsWith("services start", StringComparison.Ordinal)))
        {
            await using var host = await PublishedHost.StartAsync(_database, new HostOptions { Command = [.. ExampleOf(path, help).Split(' ').Skip(1)] });
            (await host.StopAsync()).ShouldBe(0, path);
        }
    }

    [Theory]
    [InlineData("infra audit list --limit none", "--limit")]
    [InlineData("infra audit lst", "lst")]
    [InlineData("admin token create --tier emperor --sub alice", "emperor")]
    [InlineData("admin token create --tier user --sub alice --ttl soon", "--ttl")]
    [InlineData("admin token revoke", "--jti")]
    [InlineData("infra", "Commands:")]
    public async Task A_wrong_call_ends_with_2_and_says_what_is_wrong_on_stderr(string line, string named)
    {
        var run = await _host.RunAsync(line.Split(' '));

        run.ExitCode.ShouldBe(2, run.Output + run.Error);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain(named);
        run.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Tables_for_people_hold_no_colour_codes_when_nobody_looks()
    {
        var run = (await _host.RunAsync("extensions", "list")).Succeeded();

        run.Output.ShouldContain("governance");
        run.Output.ShouldNotContain("\u001b[");
    }

    /// <summary>Every command that can be run, with its help page.</summary>
    private async Task<IReadOnlyList<(string Path, string Help)>> CommandsAsync(string path)
    {
        var help = (await _host.RunAsync([.. Words(path), "--help"])).Succeeded().Output;
        var children = help.Split('\n').SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line[2] != ' ').ToList();
        children.ShouldAllBe(line => line.Trim().Contains(' '), $"'{path}' lists a command without a description");
        if (children.Count == 0) return [(path, help)];
        var commands = new List<(string, string)>();
        foreach (var child in children) commands.AddRange(await CommandsAsync($"{path} {child.Trim().Split(' ')[0]}".Trim()));
        return commands;
    }

    private async Task<CommandRun> TypeAsync(string path, string example)
    {
        await _database.ExecuteAsync($"{Subjects};{Before.GetValueOrDefault(path, "")}");
        return await _host.TypeAsync(example, _token);
    }

    private static string ExampleOf(string path, string help)
    {
        var lines = help.Split('\n');
        var at = Array.FindIndex(lines, line => line.TrimEnd() == "Example:");
        at.ShouldBeGreaterThan(0, $"'{path}' has no example");
        var example = lines[at + 1].Trim();
        example.ShouldStartWith($"myco {path}");
        return example;
    }

    private static string[] Words(string path) => path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
