using Dapper;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Live;

/// <summary>Settings that were set live, and the record of every change.</summary>
internal sealed class LiveStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a change is announced; what is announced is only that there is one.</summary>
    public const string Channel = "live_changed";

    private const string Settings =
        """
        select key as "Key", value as "Value", version as "Version", reason as "Reason", updated_at as "UpdatedAt", updated_by as "UpdatedBy"
          from live.settings
         where tenant = @tenant
         order by key
        """;

    public async Task<IReadOnlyList<LiveRow>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<LiveRow>(new CommandDefinition(Settings, new { tenant = profile.Tenant }, cancellationToken: cancellationToken))];
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<LiveChange>> ChangesAsync(string? key, long? version, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select version as "Version", key as "Key", before as "Before", after as "After", reason as "Reason", by_whom as "ByWhom", at as "At"
              from live.changes
             where tenant = @tenant and (@key::text is null or key = @key) and (@version::bigint is null or version = @version)
             order by version desc
             limit @limit
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<LiveChange>(new CommandDefinition(sql, new { tenant = profile.Tenant, key, version, limit }, cancellationToken: cancellationToken))];
    }

    /// <summary>
    /// Sets a key, or with no value gives it back to the profile; notes it and tells every process. Changes of a tenant take turns, so
    /// <paramref name="check"/> sees what the change goes over.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null gives the key back.</param>
    /// <param name="reason">Why.</param>
    /// <param name="by">By whom.</param>
    /// <param name="check">Throws when the change must not be.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The version of the change.</returns>
    public async Task<long> ChangeAsync(string key, string? value, string? reason, string by, Action<IReadOnlyList<LiveRow>> check, CancellationToken cancellationToken)
    {
        const string turn = "select pg_advisory_xact_lock(hashtextextended('live ' || @tenant, 0))";
        const string set = """
            insert into live.settings (tenant, key, value, version, reason, updated_by) values (@tenant, @key, @value, @version, @reason, @by)
            on conflict (tenant, key) do update
               set value = excluded.value, version = excluded.version, reason = excluded.reason, updated_at = clock_timestamp(), updated_by = excluded.updated_by
            """;
        const string unset = "delete from live.settings where tenant = @tenant and key = @key";
        const string note = "insert into live.changes (tenant, version, key, before, after, reason, by_whom) values (@tenant, @version, @key, @before, @value, @reason, @by)";
        var tenant = profile.Tenant;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(Command(turn, new { tenant }));
        IReadOnlyList<LiveRow> before = [.. await connection.QueryAsync<LiveRow>(Command(Settings, new { tenant }))];
        check(before);
        var version = await connection.ExecuteScalarAsync<long>(Command("select coalesce(max(version), 0) + 1 from live.changes where tenant = @tenant", new { tenant }));
        var row = new { tenant, key, value, version, reason, by, before = before.FirstOrDefault(setting => setting.Key == key)?.Value };
        foreach (var sql in new[] { value is null ? unset : set, note }) await connection.ExecuteAsync(Command(sql, row));
        await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;

        CommandDefinition Command(string sql, object parameters) => new(sql, parameters, transaction, cancellationToken: cancellationToken);
    }
}

/// <summary>A setting that was set live.</summary>
internal sealed record LiveRow
{
    public string Key { get; init; } = "";

    /// <summary>As it would stand in the profile.</summary>
    public string Value { get; init; } = "";

    public long Version { get; init; }

    public string? Reason { get; init; }

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";
}

/// <summary>A change of a setting.</summary>
internal sealed record LiveChange
{
    public long Version { get; init; }

    public string Key { get; init; } = "";

    public string? Before { get; init; }

    public string? After { get; init; }

    public string? Reason { get; init; }

    public string ByWhom { get; init; } = "";

    public DateTime At { get; init; }
}
