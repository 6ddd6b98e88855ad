namespace Systemprompt.Published.Tests;

/// <summary>Whatever the pages tell somebody to type works as it stands there.</summary>
public sealed class DocsTests(DocsFixture docs) : IClassFixture<DocsFixture>
{
    private static readonly string[] Starts = ["myco ", "printf %s \"$KEY\" | myco ", "publish/myco ", "TOKEN=$(publish/myco ", "export SYSTEMPROMPT_TOKEN=$(publish/myco "];

    /// <summary>What stands together is typed together: a line may need those above it.</summary>
    public static TheoryData<string, string> Blocks()
    {
        var blocks = new TheoryData<string, string>();
        string[] pages =
        [
            Repository.InRoot("README.md"), .. Directory.EnumerateFiles(Repository.InRoot("docs"), "*.md").Order(StringComparer.Ordinal), Path.Combine(PublishedFile.Solution, "README.md"),
        ];
        foreach (var page in pages)
            foreach (var block in ShellBlocks(File.ReadAllLines(page)).Select(lines => string.Join('\n', lines.Where(IsCommand))).Where(block => block.Length > 0).Distinct())
                blocks.Add(Path.GetFileName(page), block);
        return blocks;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Documented_commands_run(string page, string block)
    {
        foreach (var line in block.Split('\n'))
        {
            var run = await docs.Host.TypeAsync(line);
            run.ExitCode.ShouldBe(0, $"{page}: {line}\n{run.Output}{run.Error}");
        }
    }

    [Fact]
    public void Every_page_that_has_commands_is_read() => Blocks().Select(block => block[0]).Distinct().ShouldBe(["README.md", "analytics.md", "audit.md", "budgets.md", "claude-code.md", "content.md", "costs.md", "events.md", "files.md", "governance.md", "jobs.md", "operations.md"], ignoreOrder: true);

    private static IEnumerable<IReadOnlyList<string>> ShellBlocks(IEnumerable<string> lines)
    {
        List<string>? block = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (block is not null) yield return block;
                block = line.StartsWith("```sh", StringComparison.Ordinal) ? [] : null;
            }
            else
            {
                block?.Add(line.Trim());
            }
        }
    }

    // The server itself runs while these do.
    private static bool IsCommand(string line) =>
        Starts.Any(start => line.StartsWith(start, StringComparison.Ordinal)) && !line.Contains("services start", StringComparison.Ordinal);
}

/// <summary>A host in a folder like a solution's, that has answered a call.</summary>
public sealed class DocsFixture : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public PublishedHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        var profile = await File.ReadAllTextAsync(Path.Combine(PublishedFile.Solution, "profiles", "production", "profile.yaml"));
        Host = await PublishedHost.StartAsync(_database, new HostOptions
        {
            Profiles = new Dictionary<string, string> { ["production"] = profile + "\nevents: { webhooks: { enabled: true } }\n" },
            Variables = new Dictionary<string, string> { ["SECRETS_KEY"] = HostOptions.NewSecret(), ["KEY"] = "a provider's key" },
        });
        await File.WriteAllTextAsync(Path.Combine(Host.Folder, "notes.txt"), "notes");
        await File.WriteAllTextAsync(Path.Combine(Host.Folder, "usage.csv"), "day,model,cost_usd\n2026-01-31,claude-haiku-4-5,0\n");
        using var alice = await Host.ClientForAsync("alice");
        using var answer = await PublishedHost.AskAsync(alice);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await _database.DisposeAsync();
    }
}
