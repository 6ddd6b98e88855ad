using Npgsql;
using Systemprompt.Database;
using Systemprompt.Integration.Tests;

namespace Systemprompt.TrialKit;

/// <summary>A database for a published host: on a cluster shared by the run, or on a cluster of its own that the test may stop and kill.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static int _count;
    private readonly PostgresCluster _cluster;
    private readonly bool _owned;

    private TestDatabase(PostgresCluster cluster, string name, bool owned) => (_cluster, Name, _owned) = (cluster, name, owned);

    public string Name { get; }

    /// <summary>As <c>DATABASE_URL</c> takes it.</summary>
    public string Url => _cluster.Url(Name);

    /// <summary>The folder of the server's socket.</summary>
    public string Socket => _cluster.Socket;

    /// <summary>The address with a password in it, which the server does not ask for.</summary>
    public string UrlWith(string password) => Url.Replace("postgres://postgres@", $"postgres://postgres:{Uri.EscapeDataString(password)}@", StringComparison.Ordinal);

    /// <summary>An empty database.</summary>
    public static async Task<TestDatabase> CreateAsync() => await CreateOnAsync(await PostgresCluster.Shared, owned: false);

    /// <summary>An empty database on a server of its own, that keeps what it commits (<c>fsync=on</c>) unless the settings say otherwise.</summary>
    public static async Task<TestDatabase> CreateOwnAsync(params string[] settings) => await CreateOnAsync(await PostgresCluster.StartAsync(["fsync=on", .. settings]), owned: true);

    /// <summary>An empty database on a server of its own whose clock begins at a moment (libfaketime).</summary>
    public static async Task<TestDatabase> CreateAtAsync(DateTime start)
    {
        var cluster = await PostgresCluster.CreateAsync(FakeClock.At(start));
        await cluster.StartServerAsync();
        return await CreateOnAsync(cluster, owned: true);
    }

    /// <summary>Another database on the same server.</summary>
    public Task<TestDatabase> BesideAsync() => CreateOnAsync(_cluster, owned: false);

    /// <summary>An empty database on a server of its own, in a file system of its own, which the test may fill.</summary>
    public static async Task<TestDatabase> CreateInAsync(SmallDisk disk)
    {
        var cluster = await PostgresCluster.StartAsync(["fsync=on"]);
        await cluster.ExecuteAsync($"create tablespace {disk.Name} location '{disk.Folder}'");
        return await CreateOnAsync(cluster, owned: true, $"tablespace {disk.Name}");
    }

    /// <summary>Ends the server: INT as an operator would, QUIT without a checkpoint, KILL as the end of its container.</summary>
    public Task StopServerAsync(string signal = "INT") => _cluster.StopServerAsync(signal);

    public Task StartServerAsync() => _cluster.StartServerAsync("fsync=on");

    public async Task ExecuteAsync(string sql) => await _cluster.ExecuteAsync(sql, Name);

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The first column of every row.</summary>
    public async Task<IReadOnlyList<T>> ColumnAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync()) values.Add(reader.GetFieldValue<T>(0));
        return values;
    }

    /// <summary>How a model call ended: its status, or null when it has no row.</summary>
    public async Task<string?> StatusAsync(string id) => (await ColumnAsync<string>($"select status from ai.requests where id = '{Guid.Parse(id)}'")).SingleOrDefault();

    /// <summary>The ids of every call and every decision.</summary>
    public async Task<IReadOnlySet<Guid>> AuditIdsAsync() => (await ColumnAsync<Guid>("select id from ai.requests_opened union all select id from governance.hook_decisions")).ToHashSet();

    /// <summary>Everything in the database as text, for a search that must find nothing.</summary>
    public async Task<string> DumpAsync()
    {
        var tables = await ColumnAsync<string>(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
        var rows = new List<string>();
        foreach (var table in tables) rows.AddRange(await ColumnAsync<string>($"select t::text from only {table} t"));
        return string.Join('\n', rows);
    }

    public async ValueTask DisposeAsync()
    {
        if (_owned) await _cluster.DisposeAsync();
        else await _cluster.ExecuteAsync($"drop database if exists {Name} with (force)");
    }

    /// <summary>A connection, the caller's to dispose.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{ConnectionUrl.Parse(Url).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<TestDatabase> CreateOnAsync(PostgresCluster cluster, bool owned, string place = "")
    {
        var name = $"p{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        await cluster.ExecuteAsync($"create database {name} template template0 {place}");
        return new TestDatabase(cluster, name, owned);
    }
}
