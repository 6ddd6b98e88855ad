using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;

namespace Systemprompt.Database.Embedded;

/// <summary>
/// A PostgreSQL of our own for development and trials. One process runs it in a folder and ends it again, or it ends with that process;
/// commands join it.
/// </summary>
internal sealed partial class EmbeddedServer(EmbeddedOptions options, BackgroundLoops loops, TimeProvider clock, ILogger<EmbeddedServer> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OrphanPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OrphanLimit = TimeSpan.FromSeconds(20);
    private readonly ServerAccount _account = ServerAccount.Current;
    private readonly CancellationTokenSource _stop = new();
    private FolderLock? _lock;
    private FolderLock? _joined;
    private ServerFolder? _used;
    private PostgresProcess? _process;
    private Task _keeping = Task.CompletedTask;
    private int _ended;

    /// <summary>Starts or joins the server and returns the address of its database. May be called again after it failed.</summary>
    /// <exception cref="DatabaseRefusedException">Somebody has to act first.</exception>
    /// <exception cref="DatabaseException">It may work later.</exception>
    public async Task<string> StartAsync(EmbeddedUse use, CancellationToken cancellationToken)
    {
        var folder = await ServerFolder.PrepareAsync(options, _account, cancellationToken);
        var started = clock.GetTimestamp();
        while (true)
        {
            if (FolderLock.TryTake(folder.Root, use) is { } taken) return await OwnAsync(folder, use, taken, cancellationToken);
            var holder = FolderLock.Holder(folder.Root);
            if (use == EmbeddedUse.Server && holder is { Use: EmbeddedUse.Server })
                throw new DatabaseRefusedException(
                    $"embedded PostgreSQL: {folder.Root} is in use by the server of process {holder.ProcessId}. Stop that one first, or give this one another storage.path, or set DATABASE_URL so that both share a PostgreSQL");
            if (use == EmbeddedUse.Command && await JoinAsync(folder, cancellationToken) is { } address) return address;
            if (clock.GetElapsedTime(started) > options.Patience)
                throw new DatabaseException(
                    $"embedded PostgreSQL: process {holder?.ProcessId.ToString() ?? "(unknown)"} has had {folder.Root} for {options.Patience.TotalSeconds:0} s without PostgreSQL answering there; see {folder.Log}");
            await Task.Delay(Turn, clock, cancellationToken);
        }
    }

    /// <summary>Ends the server if this process runs it. Safe to call again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        await _stop.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAsync();
        _stop.Dispose();
    }

    /// <summary>Joins a server that takes connections. A command that runs one waits for those that have joined.</summary>
    private async Task<string?> JoinAsync(ServerFolder folder, CancellationToken cancellationToken)
    {
        _joined = FolderLock.TryJoin(folder.Root);
        if (_joined is not null && PostmasterFile.Read(folder.Data) is { IsReady: true, Socket: { } socket } running && ProcessTable.IsAlive(running.ProcessId))
            return await EmbeddedDatabase.EnsureAsync(socket, cancellationToken);
        _joined?.Dispose();
        return null;
    }

    private async Task<string> OwnAsync(ServerFolder folder, EmbeddedUse use, FolderLock taken, CancellationToken cancellationToken)
    {
        (_lock, _used) = (taken, use == EmbeddedUse.Command ? folder : null);
        try
        {
            var started = clock.GetTimestamp();
            var found = await options.Search.FindAsync(folder.Major, cancellationToken);
            var binaries = await found.ForAsync(_account, options.SharedFolder, cancellationToken);
            await EmbeddedCluster.EnsureAsync(folder, binaries, _account, cancellationToken);
            var socket = SocketFolder.For(folder.Root, options.TempFolder, _account);
            await LaunchAsync(folder, binaries, socket, cancellationToken);
            var address = await EmbeddedDatabase.EnsureAsync(socket.Path, cancellationToken);
            if (!options.IsThrowaway) _keeping = loops.RunAsync("database.embedded", stop => KeepAsync(folder, binaries, socket, stop), _stop.Token);
            Started(logger, binaries.Version, folder.Root, (long)clock.GetElapsedTime(started).TotalMilliseconds);
            return address;
        }
        catch
        {
            await ReleaseAsync();
            throw;
        }
    }

    /// <summary>Starts the process and returns when it takes connections, which after a crash is when it has recovered.</summary>
    private async Task LaunchAsync(ServerFolder folder, PostgresBinaries binaries, SocketFolder socket, CancellationToken cancellationToken)
    {
        await EndOrphansAsync(folder, cancellationToken);
        await socket.CreateAsync(_account, cancellationToken);
        var started = clock.GetTimestamp();
        _process?.Dispose();
        _process = PostgresProcess.Start(binaries, folder, socket, options, _account);
        while (PostmasterFile.Read(folder.Data) is not { IsReady: true })
        {
            if (_process.HasExited)
                throw new DatabaseRefusedException($"embedded PostgreSQL: it ended as it started ({_process.ExitCode}); the last lines of {folder.Log}:\n{EmbeddedCluster.EndOf(folder.Log)}");
            if (clock.GetElapsedTime(started) > StartLimit)
                throw new DatabaseException($"embedded PostgreSQL: it does not answer after {StartLimit.TotalMinutes:0} minutes; see {folder.Log}");
            await Task.Delay(Turn, clock, cancellationToken);
        }
    }

    /// <summary>One that a killed process left is ending by itself; one whose shell was killed too is told to.</summary>
    private async Task EndOrphansAsync(ServerFolder folder, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var told = false;
        while (PostmasterFile.Clear(folder.Data) is [var first, ..])
        {
            var waited = clock.GetElapsedTime(started);
            if (waited > OrphanLimit)
                throw new DatabaseRefusedException($"embedded PostgreSQL: process {first} still serves {folder.Data} and does not end. Stop it (kill -INT {first}), then start again");
            if (waited > OrphanPatience && !told && PostmasterFile.Read(folder.Data) is { } left)
            {
                told = true;
                Orphan(logger, left.ProcessId, folder.Root);
                await ServerAccount.RunAsync(_account.Prepare("sh", "-c", "kill -s INT \"$1\"", "kill", left.ProcessId.ToString()), $"end process {left.ProcessId}", cancellationToken);
            }

            await Task.Delay(Turn, clock, cancellationToken);
        }
    }

    /// <summary>Starts it again when it ends without us.</summary>
    private async Task KeepAsync(ServerFolder folder, PostgresBinaries binaries, SocketFolder socket, CancellationToken cancellationToken)
    {
        await _process!.WaitForExitAsync(cancellationToken);
        Ended(logger, _process.ExitCode, folder.Log);
        await LaunchAsync(folder, binaries, socket, cancellationToken);
    }

    private async Task ReleaseAsync()
    {
        _joined?.Dispose();
        var begun = clock.GetTimestamp();
        FolderLock? closed = null;
        while (_used is { } folder && (closed = FolderLock.TryClose(folder.Root)) is null && clock.GetElapsedTime(begun) < options.Patience) await Task.Delay(Turn, clock);
        if (_process is { } process) await process.StopAsync(clock);
        _process?.Dispose();
        closed?.Dispose();
        _lock?.Dispose();
        (_process, _lock, _used) = (null, null, null);
    }

    [LoggerMessage(1230, LogLevel.Information, "PostgreSQL {Version} runs in {Folder}, after {Milliseconds} ms")]
    private static partial void Started(ILogger logger, string version, string folder, long milliseconds);

    [LoggerMessage(1231, LogLevel.Warning, "The embedded PostgreSQL ended by itself ({Code}); starting it again. Its log is {Log}")]
    private static partial void Ended(ILogger logger, int code, string log);

    [LoggerMessage(1232, LogLevel.Warning, "Process {Process} is a PostgreSQL left behind in {Folder}; ending it")]
    private static partial void Orphan(ILogger logger, int process, string folder);
}
