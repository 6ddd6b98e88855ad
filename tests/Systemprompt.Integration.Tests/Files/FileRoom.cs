using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Files;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Files;

/// <summary>A server with files in a directory of its own, or in its database.</summary>
internal sealed class FileRoom : IAsyncDisposable
{
    private FileRoom(DatabaseFixture database, Extension[] extensions)
    {
        Database = database;
        Commands = new CommandLine(database.Url, extensions) { Variables = { ["PORT"] = "0", ["FILES_PATH"] = Folder, ["LIMITS"] = "off" } };
    }

    public DatabaseFixture Database { get; }

    public CommandLine Commands { get; }

    public ServerHost Server { get; private set; } = null!;

    public string Folder { get; } = Directory.CreateTempSubdirectory("sp-files-").FullName;

    public IFiles Desk => Server.Services.GetRequiredService<IFiles>();

    /// <summary>What lies in the directory, but for empty folders.</summary>
    public IReadOnlyList<string> OnDisk => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)];

    public static async Task<FileRoom> StartAsync(string storage, Dictionary<string, string>? variables = null, params Extension[] extensions)
    {
        var room = new FileRoom(await DatabaseFixture.CreateEmptyAsync(), extensions);
        room.Commands.Variables["FILES_STORAGE"] = storage;
        foreach (var (name, value) in variables ?? []) room.Commands.Variables[name] = value;
        await room.StartServerAsync();
        return room;
    }

    /// <summary>Starts a server, in the place of one that ran, on the same database.</summary>
    public async Task StartServerAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
        Server = Commands.Server();
        await Server.StartAsync(CancellationToken.None);
        await Server.Started;
    }

    public Task<FileEntry> StoreAsync(byte[] content, string owner = "alice", string name = "a.bin", Stream? stream = null) =>
        Desk.StoreAsync(new NewFile(name, owner), stream ?? new MemoryStream(content), CancellationToken.None);

    public async Task<byte[]> ReadAsync(Guid id, string? reader = null)
    {
        await using var stream = await Desk.OpenAsync(id, reader, CancellationToken.None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    public HttpClient Client(string subject = "alice", Tier tier = Tier.User) => Server.Client(subject, tier);

    public Task SweepAsync() => ActivatorUtilities.CreateInstance<SweepJob>(Server.Services).RunAsync(new NoArgs(), new NoContext(), CancellationToken.None);

    public Task<long> CountAsync(string what) => Database.ScalarAsync<long>($"select count(*) from files.{what}");

    /// <summary>That nothing of an upload is left anywhere.</summary>
    public async Task NothingStaysAsync()
    {
        (await CountAsync("files")).ShouldBe(0);
        (await CountAsync("blobs")).ShouldBe(0);
        (await CountAsync("chunks")).ShouldBe(0);
        OnDisk.ShouldBeEmpty();
    }

    public static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class NoContext : JobContext
    {
        public override long Id => 1;

        public override string Kind => SweepJob.Kind.Name;

        public override int Attempt => 1;

        public override string? EnqueuedBy => null;

        public override void Report(long done, long? total = null, string? note = null)
        {
        }
    }
}
