using Dapper;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Secrets;

/// <summary>Sealed secrets in PostgreSQL. What leaves this room opened leaves through <see cref="SecretCache"/> alone.</summary>
internal sealed class SecretStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a change is announced; what is announced is only that there is one.</summary>
    public const string Channel = "secrets_changed";

    public async Task<IReadOnlyList<SealedSecret>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, null, lockRows: false, cancellationToken);
    }

    /// <summary>Keeps a sealed value in place of what there was, and tells every process.</summary>
    public async Task SetAsync(string name, string keyId, byte[] nonce, byte[] sealedValue, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await PutAsync(transaction, new SealedSecret { Name = name, KeyId = keyId, Nonce = nonce, Sealed = sealedValue }, "set", by, cancellationToken);
        await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>False when there is none of the name.</summary>
    public async Task<bool> DeleteAsync(string name, string by, CancellationToken cancellationToken)
    {
        const string delete = """
            with gone as (delete from secrets.secrets where tenant = @tenant and name = @name returning key_id)
            insert into secrets.changes (tenant, name, change, key_id, by_whom)
            select @tenant, @name, 'deleted', key_id, @by from gone
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var count = await connection.ExecuteAsync(new CommandDefinition(delete, new { tenant = profile.Tenant, name, by }, transaction, cancellationToken: cancellationToken));
        if (count > 0) await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return count > 0;
    }

    /// <summary>Seals every secret that another key than the given one has sealed anew, all or none.</summary>
    /// <param name="keyId">The key they shall have.</param>
    /// <param name="reseal">Seals one anew; throws when it cannot open it, and then nothing has changed.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The names of those that were sealed anew.</returns>
    public async Task<IReadOnlyList<string>> ResealAsync(string keyId, Func<SealedSecret, SealedSecret> reseal, string by, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var others = await ReadAsync(connection, keyId, lockRows: true, cancellationToken);
        foreach (var secret in others) await PutAsync(transaction, reseal(secret), "resealed", by, cancellationToken);
        if (others.Count > 0) await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. others.Select(secret => secret.Name)];
    }

    private async Task PutAsync(NpgsqlTransaction transaction, SealedSecret secret, string change, string by, CancellationToken cancellationToken)
    {
        const string put = """
            insert into secrets.secrets (tenant, name, key_id, nonce, sealed, updated_by)
            values (@tenant, @Name, @KeyId, @Nonce, @Sealed, @by)
            on conflict (tenant, name) do update
               set key_id = excluded.key_id, nonce = excluded.nonce, sealed = excluded.sealed,
                   updated_at = case when @change = 'set' then now() else secrets.updated_at end,
                   updated_by = case when @change = 'set' then excluded.updated_by else secrets.updated_by end
            """;
        const string note = "insert into secrets.changes (tenant, name, change, key_id, by_whom) values (@tenant, @Name, @change, @KeyId, @by)";
        var row = new { tenant = profile.Tenant, secret.Name, secret.KeyId, secret.Nonce, secret.Sealed, by, change };
        foreach (var sql in new[] { put, note })
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    private async Task<IReadOnlyList<SealedSecret>> ReadAsync(NpgsqlConnection connection, string? notKey, bool lockRows, CancellationToken cancellationToken)
    {
        var sql = $"""
            select name as "Name", key_id as "KeyId", nonce as "Nonce", sealed as "Sealed", updated_at as "UpdatedAt", updated_by as "UpdatedBy"
              from secrets.secrets
             where tenant = @tenant and (@notKey::text is null or key_id <> @notKey)
             order by name
               {(lockRows ? "for update" : "")}
            """;
        return [.. await connection.QueryAsync<SealedSecret>(new CommandDefinition(sql, new { tenant = profile.Tenant, notKey }, cancellationToken: cancellationToken))];
    }
}

/// <summary>A secret as the table has it.</summary>
internal sealed record SealedSecret
{
    public string Name { get; init; } = "";

    public string KeyId { get; init; } = "";

    public byte[] Nonce { get; init; } = [];

    public byte[] Sealed { get; init; } = [];

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";
}
