using Dapper;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>Revocations in PostgreSQL.</summary>
internal sealed class RevocationStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a revocation is announced; what is announced is only that there is one.</summary>
    public const string Channel = "security_revocations";

    public async Task<IReadOnlyCollection<Revocation>> ReadAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select jti, sub, before
              from security.revocations
             where tenant = @tenant
               and expires_at > now()
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, new { tenant = profile.Tenant }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new Revocation(row.Jti, row.Sub, new DateTimeOffset(row.Before, TimeSpan.Zero)))];
    }

    /// <summary>Adds a revocation and tells every process, in one transaction; drops what no longer matters.</summary>
    public async Task AddAsync(Revocation revocation, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await AddAsync(transaction, revocation, expiresAt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The same as part of a transaction: told to every process when that commits.</summary>
    public async Task AddAsync(NpgsqlTransaction transaction, Revocation revocation, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        const string insert = """
            insert into security.revocations (jti, sub, before, tenant, expires_at)
            values (@jti, @sub, @before, @tenant, @expiresAt)
            """;
        const string prune = "delete from security.revocations where expires_at <= now()";
        var connection = transaction.Connection!;
        var row = new { jti = revocation.Jti, sub = revocation.Sub, before = revocation.Before.UtcDateTime, tenant = profile.Tenant, expiresAt = expiresAt.UtcDateTime };
        await connection.ExecuteAsync(new CommandDefinition(prune, transaction: transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(insert, row, transaction, cancellationToken: cancellationToken));
        await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
    }

    private sealed record Row(string? Jti, string? Sub, DateTime Before);
}
