using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Database.Embedded;
using Systemprompt.Hosting;

namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>A folder for one test, and the servers that are started in it.</summary>
internal sealed class EmbeddedFixture : IAsyncDisposable
{
    private readonly List<EmbeddedServer> _servers = [];
    private readonly string _temp = Directory.CreateTempSubdirectory("sp-embedded-").FullName;

    public EmbeddedFixture()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_temp, (UnixFileMode)0b111_101_101);
        Options = new EmbeddedOptions { Folder = In("postgres"), Search = TestBinaries.Search, SharedFolder = In("shared") };
    }

    public EmbeddedOptions Options { get; set; }

    public string Data => Path.Combine(Options.Folder, "data");

    public string In(string name) => Path.Combine(_temp, name);

    /// <summary>A server as another process would have it. Not started.</summary>
    public EmbeddedServer Server()
    {
        var server = new EmbeddedServer(Options, new BackgroundLoops(TimeProvider.System, NullLogger<BackgroundLoops>.Instance), TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
        _servers.Add(server);
        return server;
    }

    public Task<string> StartAsync(EmbeddedUse use = EmbeddedUse.Server) => Server().StartAsync(use, CancellationToken.None);

    public async Task StopAsync()
    {
        await Task.WhenAll(_servers.Select(server => server.DisposeAsync().AsTask()));
        _servers.Clear();
    }

    /// <summary>The process number of the server that runs.</summary>
    public int Postmaster => PostmasterFile.Read(Data).ShouldNotBeNull().ProcessId;

    public static async Task<object?> AskAsync(string url, string sql)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionUrl.Parse(url).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse(what);
            await Task.Delay(10, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>A process that runs as the server does, and does nothing.</summary>
    public static Process Idle(string script)
    {
        var info = ServerAccount.Current.Prepare("sh", "-c", script);
        (info.RedirectStandardOutput, info.RedirectStandardInput) = (true, true);
        return Process.Start(info)!;
    }

    public static async Task SignalAsync(int pid, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, pid.ToString()]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_temp, recursive: true);
    }
}
