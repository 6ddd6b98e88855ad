using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Database.Migrations;

/// <summary>The table of applied migrations, <c>database.migrations</c>, which no migration creates.</summary>
internal static class MigrationTable
{
    public static async Task<IReadOnlyList<AppliedMigration>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("select to_regclass('database.migrations') is not null", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true) return [];

        await using var command = new NpgsqlCommand(
            """
            select extension, number, name, checksum, applied_at, applied_by, duration
            from database.migrations
            order by extension, number
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<AppliedMigration>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new AppliedMigration(
                reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5), reader.GetTimeSpan(6)));
        return rows;
    }

    /// <summary>Creates the table. The caller holds the lock.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await EnsureSchemaAsync(connection, "database", cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            create table if not exists database.migrations (
                extension  text        not null,
                number     integer     not null,
                name       text        not null,
                checksum   text        not null,
                applied_at timestamptz not null default now(),
                applied_by text        not null,
                duration   interval    not null,
                primary key (extension, number)
            )
            """,
            connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Creates an extension's schema. Looks first, since PostgreSQL wants the right to create also where there is nothing to do.</summary>
    public static async Task EnsureSchemaAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("select to_regnamespace($1) is not null", connection) { Parameters = { new() { Value = $"\"{schema}\"" } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is true) return;
        await using var command = new NpgsqlCommand($"create schema if not exists \"{schema}\"", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task AddAsync(NpgsqlConnection connection, MigrationStep step, long startedAt, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into database.migrations (extension, number, name, checksum, applied_by, duration)
            values ($1, $2, $3, $4, current_user || '@' || $5, $6)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = step.Extension },
                new() { Value = step.Migration.Number },
                new() { Value = step.Migration.Name },
                new() { Value = step.Migration.Checksum() },
                new() { Value = DatabaseAddress.Instance },
                new() { Value = clock.GetElapsedTime(startedAt), NpgsqlDbType = NpgsqlDbType.Interval },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<bool> SetChecksumAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            update database.migrations
            set checksum = $3, name = $4
            where extension = $1 and number = $2
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = step.Extension },
                new() { Value = step.Migration.Number },
                new() { Value = step.Migration.Checksum() },
                new() { Value = step.Migration.Name },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }
}
