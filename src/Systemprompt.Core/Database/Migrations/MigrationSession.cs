using Npgsql;

namespace Systemprompt.Database.Migrations;

/// <summary>Applies one migration at a time on the connection that holds the lock.</summary>
internal sealed class MigrationSession(NpgsqlConnection connection, NpgsqlDataSource direct, TimeSpan lockTimeout, TimeProvider clock)
{
    private static readonly HashSet<string> TransactionVerbs = ["begin", "start", "commit", "end", "rollback", "abort"];

    /// <summary>Lets others see in pg_stat_activity what this session is for.</summary>
    public static Task NameAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SetAsync(connection, "application_name", $"{new NpgsqlConnectionStringBuilder(connection.ConnectionString).ApplicationName?.Replace(" direct", "", StringComparison.Ordinal)} migrate", local: false, cancellationToken);

    public async Task ApplyAsync(MigrationStep step, CancellationToken cancellationToken)
    {
        var statements = SqlScript.Split(step.Migration.Sql);
        await ResetAsync(cancellationToken);
        if (step.Migration.RunsWithoutTransaction())
        {
            await ApplyLooseAsync(step, statements, cancellationToken);
            return;
        }

        if (statements.FirstOrDefault(statement => TransactionVerbs.Contains(statement.Verb)) is { } forbidden)
            throw new DatabaseRefusedException(
                $"{step.File}:{SqlPlace.Line(step.Migration.Sql, forbidden.Start)}: '{forbidden.Verb}' may not stand in a migration, which is one transaction by itself; remove it, or make '-- no-transaction' the first line");

        var started = clock.GetTimestamp();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await MigrationTable.EnsureSchemaAsync(connection, step.Extension, cancellationToken);
        await PrepareAsync(step, local: true, cancellationToken);
        foreach (var statement in statements) await ExecuteAsync(step, statement, cancellationToken);
        await MigrationTable.AddAsync(connection, step, started, clock, cancellationToken);
        try
        {
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException fault) when (!DatabaseErrors.IsTransient(fault))
        {
            // A deferred constraint speaks up only now.
            throw MigrationFault.AtCommit(step, fault);
        }
    }

    private async Task ApplyLooseAsync(MigrationStep step, IReadOnlyList<SqlStatement> statements, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        await MigrationTable.EnsureSchemaAsync(connection, step.Extension, cancellationToken);
        await PrepareAsync(step, local: false, cancellationToken);
        foreach (var statement in statements) await ExecuteAsync(step, statement, cancellationToken);
        await MigrationTable.AddAsync(connection, step, started, clock, cancellationToken);
    }

    /// <summary>What one migration sets must not reach the next.</summary>
    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        await using var reset = new NpgsqlCommand("reset all", connection);
        await reset.ExecuteNonQueryAsync(cancellationToken);
        await NameAsync(connection, cancellationToken);
    }

    private async Task ExecuteAsync(MigrationStep step, SqlStatement statement, CancellationToken cancellationToken)
    {
        var watch = new LockWatch(direct, clock);
        try
        {
            await using var command = new NpgsqlCommand(Sendable(statement), connection) { CommandTimeout = 0 };
            await watch.RunAsync(connection.ProcessID, LookEvery(lockTimeout), () => command.ExecuteNonQueryAsync(cancellationToken));
        }
        catch (PostgresException fault) when (!DatabaseErrors.IsTransient(fault) || fault.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            throw MigrationFault.Of(step, statement, fault, lockTimeout, watch.Holders);
        }
        catch (NotSupportedException fault)
        {
            throw MigrationFault.Unsupported(step, statement, fault);
        }
    }

    /// <summary>Npgsql would cut a statement at a semicolon inside it, so such a one is handed over in a block that executes it whole.</summary>
    private static string Sendable(SqlStatement statement)
    {
        if (!statement.HoldsSemicolon) return statement.Text;
        var tag = "$migration$";
        while (statement.Text.Contains(tag, StringComparison.Ordinal)) tag = $"{tag[..^1]}_$";
        var block = $"{tag[..^1]}_block$";
        return $"do {block} begin execute {tag}{statement.Text}{tag}; end {block}";
    }

    private async Task PrepareAsync(MigrationStep step, bool local, CancellationToken cancellationToken)
    {
        await SetAsync(connection, "search_path", $"\"{step.Extension}\", public", local, cancellationToken);
        await SetAsync(connection, "lock_timeout", $"{(long)lockTimeout.TotalMilliseconds}ms", local, cancellationToken);
        await SetAsync(connection, "statement_timeout", "0", local, cancellationToken);
    }

    private static TimeSpan LookEvery(TimeSpan lockTimeout) =>
        TimeSpan.FromMilliseconds(Math.Clamp(lockTimeout.TotalMilliseconds / 4, 25, 1000));

    private static async Task SetAsync(NpgsqlConnection connection, string name, string value, bool local, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select set_config($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = name }, new() { Value = value }, new() { Value = local } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
