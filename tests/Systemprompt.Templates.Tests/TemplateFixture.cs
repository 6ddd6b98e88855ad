namespace Systemprompt.Templates.Tests;

/// <summary>
/// The packed templates and libraries, installed into a hive of their own. <c>SYSTEMPROMPT_TRIAL_DIR</c> names a folder that
/// <c>try.sh --check</c> left, whose packages and published solution are then used; without it everything is made here.
/// </summary>
public sealed class TemplateFixture : IAsyncLifetime
{
    private readonly string _own = Directory.CreateTempSubdirectory("systemprompt-templates-").FullName;
    private readonly string? _trial = Environment.GetEnvironmentVariable("SYSTEMPROMPT_TRIAL_DIR") is { Length: > 0 } trial ? trial : null;

    /// <summary>The folder of this repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder with the packages.</summary>
    public string Feed => Path.Combine(_trial ?? _own, "feed");

    public async Task InitializeAsync()
    {
        if (_trial is null) await Tool.SucceedAsync("bash", ["eng/pack.sh", Feed, $"test.{Guid.NewGuid():n}"], Repository);
        await Tool.SucceedAsync("dotnet", ["new", "install", Directory.GetFiles(Feed, "Systemprompt.Templates.*.nupkg").Single(), "--debug:custom-hive", Hive], _own);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_own, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>An empty folder whose projects restore from the feed.</summary>
    public string NewFolder()
    {
        var folder = Path.Combine(_own, Guid.NewGuid().ToString("n")[..8]);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"<configuration><packageSources><add key=\"feed\" value=\"{Feed}\" /></packageSources></configuration>");
        return folder;
    }

    /// <summary>Calls a template in a folder.</summary>
    internal Task<Tool> CreateAsync(string template, string name, string folder) =>
        Tool.RunAsync("dotnet", ["new", template, "-n", name, .. template == "systemprompt" ? ["--no-restore"] : Array.Empty<string>(), "--debug:custom-hive", Hive], folder);

    /// <summary>A solution as the template makes it.</summary>
    public async Task<string> ScaffoldAsync(string name, string? folder = null)
    {
        folder ??= NewFolder();
        var run = await CreateAsync("systemprompt", name, folder);
        run.ExitCode.ShouldBe(0, run.Output);
        return Path.Combine(folder, name);
    }

    /// <summary>The solution MyCo, published.</summary>
    public async Task<string> PublishedAsync()
    {
        if (_trial is not null) return Path.Combine(_trial, "MyCo");
        var solution = await ScaffoldAsync("MyCo");
        await Tool.SucceedAsync("dotnet", ["publish"], solution);
        return solution;
    }

    private string Hive => Path.Combine(_own, "hive");

    private static string FindRepository()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Systemprompt.slnx"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("not inside the repository");
        return at;
    }
}

[CollectionDefinition(Name)]
public sealed class TemplateTests : ICollectionFixture<TemplateFixture>
{
    public const string Name = "templates";
}
