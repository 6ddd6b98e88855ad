using System.Diagnostics;

namespace Systemprompt.Database.Embedded;

/// <summary>A running PostgreSQL and the shell that watches over it.</summary>
/// <remarks>
/// The shell reads our end of a pipe: when this process ends, however it ends, the pipe closes and the shell ends the server. Both are in a
/// session of their own, so that Ctrl-C in our terminal does not reach them before we have finished.
/// </remarks>
internal sealed class PostgresProcess : IDisposable
{
    private const string Watchdog =
        """
        trap '' INT TERM HUP QUIT
        exec 3<&0 </dev/null
        "$@" >"$SERVER_LOG" 2>&1 3<&- &
        server=$!
        {
          while read -r how <&3; do kill -s "$how" "$server"; done
          kill -s INT "$server"
        } 2>/dev/null &
        reader=$!
        exec 3<&-
        wait "$server"
        code=$?
        kill -s KILL "$reader" 2>/dev/null
        [ -z "$SOCKET_FOLDER" ] || rm -rf "$SOCKET_FOLDER"
        # One that failed is kept, for its log.
        [ -z "$THROWAWAY_FOLDER" ] || [ "$code" != 0 ] || rm -rf "$THROWAWAY_FOLDER"
        exit "$code"
        """;

    private static readonly TimeSpan Politely = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Firmly = TimeSpan.FromSeconds(5);
    private readonly Process _shell;

    private PostgresProcess(Process shell) => _shell = shell;

    public bool HasExited => _shell.HasExited;

    public int ExitCode => _shell.ExitCode;

    /// <summary>Starts it. It answers later.</summary>
    public static PostgresProcess Start(PostgresBinaries binaries, ServerFolder folder, SocketFolder socket, EmbeddedOptions options, ServerAccount account)
    {
        var info = account.Prepare("setsid",
        [
            "sh", "-c", Watchdog, "watchdog", binaries.Postgres, "-D", folder.Data, "-k", socket.Path,
            .. Usual(binaries.Major).Concat(options.Settings).SelectMany(setting => new[] { "-c", setting }),
        ]);
        info.Environment["SERVER_LOG"] = folder.Log;
        info.Environment["SOCKET_FOLDER"] = socket.IsTemporary ? socket.Path : "";
        info.Environment["THROWAWAY_FOLDER"] = options.IsThrowaway ? folder.Root : "";
        info.RedirectStandardInput = true;
        return new PostgresProcess(ServerAccount.Start(info, "start PostgreSQL"));
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _shell.WaitForExitAsync(cancellationToken);

    /// <summary>Ends it: sessions are cut, what is committed is kept.</summary>
    public async Task StopAsync(TimeProvider clock)
    {
        if (HasExited || await EndsAsync("INT", Politely, clock) || await EndsAsync("QUIT", Firmly, clock)) return;
        _shell.Kill(entireProcessTree: true);
    }

    public void Dispose()
    {
        try
        {
            _shell.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // What was still to be written has no reader any more.
        }

        _shell.Dispose();
    }

    private async Task<bool> EndsAsync(string signal, TimeSpan limit, TimeProvider clock)
    {
        using var over = new CancellationTokenSource(limit, clock);
        try
        {
            await _shell.StandardInput.WriteLineAsync(signal.AsMemory(), over.Token);
            await _shell.StandardInput.FlushAsync(over.Token);
            await _shell.WaitForExitAsync(over.Token);
            return true;
        }
        catch (IOException)
        {
            // Nobody reads any more: the shell is about to end.
            await _shell.WaitForExitAsync(CancellationToken.None);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // For a machine that does other work as well, and for one time zone everywhere. Nothing of a statement enters the log.
    private static IEnumerable<string> Usual(int major) =>
    [
        "listen_addresses=", "port=5432", "shared_buffers=32MB", "max_logical_replication_workers=0", "timezone=UTC", "log_timezone=UTC",
        "log_min_messages=log", "log_min_error_statement=panic", "log_error_verbosity=terse", "logging_collector=off", "log_destination=stderr",
        .. major >= 18 ? ["io_method=sync"] : Array.Empty<string>(),
    ];
}
