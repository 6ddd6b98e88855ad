using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Content;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests.Content;

/// <summary>A database, a folder with <c>content/</c>, and an extension whose sources are below it.</summary>
internal sealed class ContentRoom : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("content-tests-");

    private ContentRoom(DatabaseFixture database)
    {
        Database = database;
        Commands = new CommandLine(database.Url, new Sources()) { Variables = { ["PORT"] = "0", ["JOBS"] = "off" }, Files = new HostFiles(typeof(ContentRoom).Assembly, _folder.FullName) };
    }

    public DatabaseFixture Database { get; }

    public CommandLine Commands { get; }

    public string Folder => Path.Combine(_folder.FullName, "content");

    /// <summary>Files of the golden corpus: this project's own documentation at one time.</summary>
    public static string Corpus => Path.Combine(Here(), "Corpus");

    public static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    public static async Task<ContentRoom> CreateAsync()
    {
        var room = new ContentRoom(await DatabaseFixture.CreateEmptyAsync());
        Directory.CreateDirectory(room.Folder);
        (await room.Commands.RunAsync("infra", "db", "migrate")).Succeeded();
        return room;
    }

    public void Write(string path, string text)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Delete(string path) => File.Delete(Path.Combine(Folder, path));

    public async Task<CommandResult> IngestAsync() => await Commands.RunAsync("content", "ingest");

    /// <summary>What another process would see.</summary>
    public async Task<T> AskAsync<T>(Func<IContent, Task<T>> ask)
    {
        await using var services = await Commands.ServicesAsync();
        return await ask(services.Provider.GetRequiredService<IContent>());
    }

    public Task<ContentResults> SearchAsync(string query, ContentFilter? filter = null) => AskAsync(content => content.SearchAsync(query, filter ?? new ContentFilter()));

    public async ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        await Database.DisposeAsync();
    }

    [Systemprompt.Extensions.Extension("site")]
    private sealed class Sources : Extension
    {
        public override IReadOnlyList<ContentSource> ContentSources =>
        [
            new("docs", "docs", "/docs"),
            new("blog", "blog", "/blog") { Kind = "post", InFeed = true },
            new("raw", "raw", "/raw") { Trusted = true, Language = "de" },
        ];
    }
}
