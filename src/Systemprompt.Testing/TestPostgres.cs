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
    private readonly string _socket;

    private TestPostgres(EmbeddedServer server, NpgsqlConnectionStringBuilder address) =>
        (Server, _socket, Databases) = (server, address.Host!, new TestDatabaseStore(address));

    public static Task<TestPostgres> Shared => One.Value;

    /// <summary>The server, held here: collected as garbage it would end.</summary>
    public EmbeddedServer Server { get; }

    public TestDatabaseStore Databases { get; }

    /// <summary>The address of a database on it.</summary>
    public string Url(string database) => EmbeddedDatabase.Url(_socket, database);

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
        return new TestPostgres(server, ConnectionUrl.Parse(await server.StartAsync(EmbeddedUse.Server, CancellationToken.None)));
    }
}
