using Npgsql;

namespace Systemprompt.Database.Embedded;

/// <summary>The one database of an embedded server.</summary>
internal static class EmbeddedDatabase
{
    public const string Name = "systemprompt";

    /// <summary>The address of a database on a server, by the directory of its socket.</summary>
    public static string Url(string socket, string database) =>
        $"postgres://postgres@/{Uri.EscapeDataString(database)}?host={Uri.EscapeDataString(socket)}&sslmode=disable&gssencmode=disable";

    /// <summary>Makes the database if it is not there and returns its address.</summary>
    public static async Task<string> EnsureAsync(string socket, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(ConnectionUrl.Parse(Url(socket, "postgres")).ConnectionString) { Pooling = false }.ConnectionString) { Name = "embedded" };
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        await using var source = builder.Build();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var find = new NpgsqlCommand($"select 1 from pg_database where datname = '{Name}'", connection);
        if (await find.ExecuteScalarAsync(cancellationToken) is not null) return Url(socket, Name);
        try
        {
            await using var create = new NpgsqlCommand($"create database {Name}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another process was faster.
        }

        return Url(socket, Name);
    }
}
