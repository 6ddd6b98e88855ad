using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Database.Embedded;
using Systemprompt.Hosting;

namespace Systemprompt.Testing;

/// <summary>The PostgreSQL of this test process: started on first use, gone with the process.</summary>
internal sealed class TestPostgres
{
    private static readonly Lazy<Task<TestPostgres>> One = new(StartAsync);
    private readonly NpgsqlConnectionStringBuilder _address;

    private TestPostgres(EmbeddedServer server, string url) => (Server, _address) = (server, ConnectionUrl.Parse(url));

    public static Task<TestPostgres> Shared => One.Value;

    /// <summary>The server, held here: collected as garbage it would end.</summary>
    public EmbeddedServer Server { get; }

    /// <summary>The address of a database on it.</summary>
    public string Url(string database) => EmbeddedDatabase.Url(_address.Host!, database);

    /// <summary>Runs a statement outside every host's database.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_address.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<TestPostgres> StartAsync()
    {
        // Never disposed: it ends with this process, whose end may be sudden, and takes its files with it.
        var server = new EmbeddedServer(
            new EmbeddedOptions
            {
                Folder = Path.Combine(Path.GetTempPath(), $"systemprompt-tests-{Guid.NewGuid():n}"),
                Search = BinarySearch.Of(Environment.GetEnvironmentVariable),
                Settings = [$"cluster_name={Preflight.ThrowawayCluster}", "fsync=off", "full_page_writes=off", "max_connections=300"],
                IsThrowaway = true,
            },
            new BackgroundLoops(TimeProvider.System, NullLogger<BackgroundLoops>.Instance), TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
        return new TestPostgres(server, await server.StartAsync(EmbeddedUse.Server, CancellationToken.None));
    }
}
