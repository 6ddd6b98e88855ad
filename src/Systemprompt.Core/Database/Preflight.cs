using Microsoft.Extensions.Logging;
using Npgsql;

namespace Systemprompt.Database;

/// <summary>Looks whether the server is one that this product can be true on, before anything is asked of it.</summary>
internal static partial class Preflight
{
    /// <summary>A server with this cluster_name has said itself that losing its data is fine.</summary>
    public const string ThrowawayCluster = "systemprompt_throwaway";

    public static readonly Version Oldest = new(15, 0);

    /// <summary>Looks at the server, and judges it.</summary>
    /// <exception cref="DatabaseRefusedException">It can never do.</exception>
    /// <exception cref="DatabaseException">It cannot do now, but may later without anybody touching this process.</exception>
    /// <exception cref="NpgsqlException">It cannot be reached.</exception>
    public static async Task CheckAsync(DatabaseAddress address, ILogger logger, CancellationToken cancellationToken) =>
        Judge(await LookAsync(address, cancellationToken), address, logger);

    /// <summary>Looks at the server.</summary>
    /// <exception cref="DatabaseRefusedException">It is too old.</exception>
    /// <exception cref="NpgsqlException">It cannot be reached.</exception>
    public static async Task<ServerFacts> LookAsync(DatabaseAddress address, CancellationToken cancellationToken)
    {
        // Without a name the connection string would be the pool's, in metrics too. Loading types would query the server before its version has been looked at.
        var builder = new NpgsqlDataSourceBuilder(address.Preflight.ConnectionString) { Name = "preflight" };
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        await using var source = builder.Build();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (connection.PostgreSqlVersion < Oldest)
            throw new DatabaseRefusedException(
                $"the PostgreSQL at {address.Place} is version {connection.ServerVersion}, and this needs {Oldest.Major} or newer (tested with 15 and 18); upgrade the server, or point database.url at a newer one");
        return await ReadAsync(connection, cancellationToken);
    }

    /// <summary>Judges what was seen.</summary>
    /// <exception cref="DatabaseRefusedException">It can never do.</exception>
    /// <exception cref="DatabaseException">It cannot do now, but may later without anybody touching this process.</exception>
    public static void Judge(ServerFacts facts, DatabaseAddress address, ILogger logger)
    {
        if (facts.IsStandby)
            throw new DatabaseException($"the PostgreSQL at {address.Place} is a standby, which takes no writes; waiting for it to be promoted (or point database.url at the primary)");
        if (facts.Encoding != "UTF8")
            throw new DatabaseRefusedException(
                $"the database at {address.Place} has encoding {facts.Encoding}, and this needs UTF8; create one with: create database NAME encoding 'UTF8' template template0");
        if (facts.Fsync == "off" && !address.IsEmbedded && facts.ClusterName != ThrowawayCluster)
            throw new DatabaseRefusedException(
                $"the PostgreSQL at {address.Place} runs with fsync=off: it can lose committed audit rows, so nothing is served on it; set fsync=on (a server for tests says so with cluster_name={ThrowawayCluster})");
        if (facts.FullPageWrites == "off" && !address.IsEmbedded && facts.ClusterName != ThrowawayCluster) FullPageWritesOff(logger, address.Place);
        if (facts.IsPooled) BehindPooler(logger, address.Place);
    }

    private static async Task<ServerFacts> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select pg_is_in_recovery()::text, current_setting('server_encoding'), current_setting('fsync'),
                   current_setting('full_page_writes'), current_setting('cluster_name'), pg_backend_pid()::text
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ServerFacts(reader.GetString(0) == "true", reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), int.Parse(reader.GetString(5)) != connection.ProcessID);
    }

    [LoggerMessage(1201, LogLevel.Warning, "PostgreSQL at {Place} runs with full_page_writes=off: safe only on a file system that never tears a page, such as ZFS")]
    private static partial void FullPageWritesOff(ILogger logger, string place);

    [LoggerMessage(1202, LogLevel.Warning,
        "The connection to {Place} seems to go through a pooler. LISTEN, locks, migrations and the audit's prepared statements need the server itself: set database.direct_url")]
    private static partial void BehindPooler(ILogger logger, string place);
}

/// <summary>What a server says of itself.</summary>
internal sealed record ServerFacts(bool IsStandby, string Encoding, string Fsync, string FullPageWrites, string ClusterName, bool IsPooled);
