using System.Diagnostics;
using Npgsql;
using Systemprompt.Database;

namespace Systemprompt.Integration.Tests;

/// <summary>
/// A throwaway PostgreSQL cluster. <see cref="Shared"/> serves the whole run; a test that stops or breaks its server starts its own.
/// </summary>
/// <remarks>
/// A shell holds the server and reads our end of a pipe: when this process ends, however it ends, the pipe closes and the shell
/// ends the server. KILL ends the server and all its processes at one stroke, as the end of a container does: one that is left may wait for ever for what a dead one
/// holds, and nobody could start a server beside it. The shell ends with the server. As root the server runs as another
/// user, since PostgreSQL refuses to run as root.
/// </remarks>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private const string Watchdog =
        """
        trap '' INT TERM HUP
        exec 3<&0
        "$@" >"$LOG" 2>&1 3<&- &
        server=$!
        {
          read -r how || how=INT
          if [ "$how" = KILL ]; then
            kill -s STOP "$server"
            # The list may leave one out while another ends. The dead stay in it, since a stopped server does not look after them.
            seen=none
            while children=$(cat /proc/"$server"/task/*/children); [ "$children" != "$seen" ]; do
              seen=$children
              kill -s KILL $children
            done
          fi
          kill -s "$how" "$server"
        } <&3 2>/dev/null &
        reader=$!
        wait "$server" 2>/dev/null
        kill -s KILL "$reader" 2>/dev/null
        """;

    private static readonly Lazy<Task<PostgresCluster>> One = new(StartSharedAsync);
    private readonly string _root;
    private readonly string? _user;
    private Process? _server;

    private PostgresCluster(string root, string? user)
    {
        _root = root;
        _user = user;
    }

    /// <summary>The cluster of this run, started on first use.</summary>
    public static Task<PostgresCluster> Shared => One.Value;

    /// <summary>What stands in the server's environment, beside this process's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where its socket is.</summary>
    public string Socket => _root;

    private string Data => Path.Combine(_root, "data");

    private string Log => Path.Combine(_root, "log");

    /// <summary>Creates a cluster and starts it.</summary>
    public static async Task<PostgresCluster> StartAsync(params string[] settings)
    {
        var cluster = await CreateAsync();
        await cluster.StartServerAsync(settings);
        return cluster;
    }

    /// <summary>Creates a cluster, not started.</summary>
    public static async Task<PostgresCluster> CreateAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        var root = Directory.CreateTempSubdirectory("sp-pg-").FullName;
        var user = System.Environment.IsPrivilegedProcess ? (await Commands.SucceedsAsync("id", "postgres") ? "postgres" : "nobody") : null;
        if (user is not null) await Commands.RunAsync("chown", user, root);
        var cluster = new PostgresCluster(root, user) { Environment = environment ?? new Dictionary<string, string>() };
        await Commands.RunAsAsync(user, PostgresBinaries.Initdb, "-D", cluster.Data, "--no-sync", "--locale=C", "-E", "UTF8", "--auth=trust", "-U", "postgres");
        return cluster;
    }

    /// <summary>An address of a database in it.</summary>
    public string Url(string database) => $"postgres://postgres@/{database}?host={Uri.EscapeDataString(Socket)}";

    /// <summary>Runs one statement on a database.</summary>
    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection($"{ConnectionUrl.Parse(Url(database)).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server and returns once it answers. After a kill its children may still be on their way out.</summary>
    public async Task StartServerAsync(params string[] settings)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await TryStartServerAsync(settings)) await Task.Delay(50, limit.Token);
    }

    private async Task<bool> TryStartServerAsync(string[] settings)
    {
        var info = Commands.Prepare(_user, "/bin/sh",
        [
            "-c", Watchdog, "watchdog", PostgresBinaries.Postgres, "-D", Data, "-k", _root, "-c", "listen_addresses=",
            "-c", $"cluster_name={Preflight.ThrowawayCluster}", "-c", "fsync=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB",
            .. settings.SelectMany(setting => new[] { "-c", setting }),
        ]);
        info.Environment["LOG"] = Log;
        foreach (var (name, value) in Environment) info.Environment[name] = value;
        info.RedirectStandardInput = true;
        _server = Process.Start(info)!;
        try
        {
            await WaitUntilItAnswersAsync(_server);
            return true;
        }
        catch (InvalidOperationException fault) when (fault.Message.Contains("pre-existing shared memory block", StringComparison.Ordinal))
        {
            _server.Dispose();
            _server = null;
            return false;
        }
    }

    /// <summary>Ends the server: INT as an operator would, QUIT without a checkpoint, KILL as the end of its container.</summary>
    public async Task StopServerAsync(string signal = "INT")
    {
        if (_server is not { } server) return;
        _server = null;
        await server.StandardInput.WriteLineAsync(signal);
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync("QUIT");
        Directory.Delete(_root, recursive: true);
    }

    private async Task WaitUntilItAnswersAsync(Process server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await ExecuteAsync("select 1");
                return;
            }
            catch (NpgsqlException) when (!server.HasExited && !limit.IsCancellationRequested)
            {
                // PostgreSQL has no signal for "ready" that reaches us: ask again.
                await Task.Delay(20, CancellationToken.None);
            }
            catch (NpgsqlException fault)
            {
                throw new InvalidOperationException($"PostgreSQL did not start:\n{await File.ReadAllTextAsync(Log)}", fault);
            }
        }
    }

    private static async Task<PostgresCluster> StartSharedAsync()
    {
        var cluster = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return cluster;
    }
}
