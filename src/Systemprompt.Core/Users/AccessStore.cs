using System.Net;
using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Users;

/// <summary>What decides who gets in, in PostgreSQL: keys, links, bans, and who is blocked.</summary>
internal sealed class AccessStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a change is announced; what is announced is only that there is one.</summary>
    public const string Channel = "users_changed";

    /// <summary>Everything a process keeps in memory to decide without asking.</summary>
    public async Task<AccessRows> ReadAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select login from users.users where tenant = @tenant and status <> 'active';
            select k.prefix as "Prefix", k.hash as "Hash", k.login as "Login", k.expires_at as "ExpiresAt", k.project as "Project", u.tier as "Tier", u.roles as "Roles"
              from users.keys k
              join users.users u on u.tenant = k.tenant and u.login = k.login and u.status = 'active'
             where k.tenant = @tenant and (k.expires_at is null or k.expires_at > now());
            select range::inet as "Range", masklen(range) as "Bits", until as "Until" from users.bans where tenant = @tenant and (until is null or until > now());
            select login as "Login", array_agg(team order by team) as "Teams" from users.members where tenant = @tenant group by login;
            select login as "Login", roles as "Roles" from users.users where tenant = @tenant and status = 'active' and cardinality(roles) > 0;
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition(sql, new { tenant = profile.Tenant }, cancellationToken: cancellationToken));
        return new AccessRows([.. await answers.ReadAsync<string>()], [.. await answers.ReadAsync<StoredKey>()], [.. await answers.ReadAsync<StoredBan>()], [.. await answers.ReadAsync<StoredTeams>()],
            [.. await answers.ReadAsync<StoredRoles>()]);
    }

    public Task InsertKeyAsync(NpgsqlTransaction transaction, string prefix, byte[] hash, string login, string name, string? project, DateTimeOffset? expiresAt, CancellationToken cancellationToken) => ExecuteAsync(transaction,
        "insert into users.keys (tenant, prefix, login, name, hash, project, expires_at) values (@tenant, @prefix, @login, @name, @hash, @project, @expiresAt)",
        new { tenant = profile.Tenant, prefix, login, name, hash, project, expiresAt = expiresAt?.UtcDateTime }, cancellationToken);

    /// <summary>Whose it was; null when there is none.</summary>
    public Task<string?> DeleteKeyAsync(NpgsqlTransaction transaction, string prefix, CancellationToken cancellationToken) => transaction.Connection!.ExecuteScalarAsync<string?>(
        new CommandDefinition("delete from users.keys where tenant = @tenant and prefix = @prefix returning login", new { tenant = profile.Tenant, prefix }, transaction, cancellationToken: cancellationToken));

    /// <param name="login">Whose; null for all.</param>
    /// <param name="part">How their names begin; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<KeyRow>> KeysAsync(string? login, KeyPart? part, CancellationToken cancellationToken) => QueryAsync<KeyRow>(
        $"""
        select prefix as "Prefix", login as "Login", name as "Name", project as "Project", created_at as "CreatedAt", expires_at as "ExpiresAt"
          from users.keys
         where tenant = @tenant and (@login::text is null or login = @login){(part is null ? "" : " and prefix ~>=~ @start and prefix ~<~ @below")}
         order by login, created_at
        """, new { tenant = profile.Tenant, login, start = part?.Start, below = part?.Below }, cancellationToken);

    /// <summary>Keys whose names begin so, and those that were deleted. The operators are those of the indexes on names.</summary>
    public Task<IReadOnlyList<FoundKeyRow>> FindKeysAsync(KeyPart part, int limit, CancellationToken cancellationToken) => QueryAsync<FoundKeyRow>(
        FindKeys, new { tenant = profile.Tenant, start = part.Start, below = part.Below, limit }, cancellationToken);

    internal const string FindKeys =
        """
        select k.prefix as "Prefix", case when k.expires_at <= now() then 'expired' else u.status end as "State", k.login as "Login", k.name as "Name", k.project as "Project", k.hash as "Hash",
               k.created_at as "CreatedAt", k.expires_at as "ExpiresAt", null::timestamptz as "DeletedAt", null as "DeletedBy"
          from users.keys k
          join users.users u on u.tenant = k.tenant and u.login = k.login
         where k.tenant = @tenant and k.prefix ~>=~ @start and k.prefix ~<~ @below
        union all
        select detail, 'deleted', subject, null, null, null, null, null, at, by_whom
          from users.changes
         where tenant = @tenant and change = 'key deleted' and detail ~>=~ @start and detail ~<~ @below
         order by 1, 9
         limit @limit
        """;

    public Task InsertLinkAsync(NpgsqlTransaction transaction, byte[] hash, string login, TimeSpan lifetime, CancellationToken cancellationToken) => ExecuteAsync(transaction,
        """
        delete from users.links where tenant = @tenant and (expires_at < now() - interval '30 days' or used_at < now() - interval '30 days');
        insert into users.links (tenant, hash, login, expires_at) values (@tenant, @hash, @login, now() + @lifetime)
        """, new { tenant = profile.Tenant, hash, login, lifetime }, cancellationToken);

    /// <summary>Uses a link up: whose it was, or null when it is unknown, used or over.</summary>
    public Task<string?> UseLinkAsync(NpgsqlTransaction transaction, byte[] hash, CancellationToken cancellationToken) => transaction.Connection!.ExecuteScalarAsync<string?>(new CommandDefinition(
        "update users.links set used_at = now() where tenant = @tenant and hash = @hash and used_at is null and expires_at > now() returning login",
        new { tenant = profile.Tenant, hash }, transaction, cancellationToken: cancellationToken));

    /// <summary>Whether a link can still be used, without using it.</summary>
    public async Task<bool> IsLinkOpenAsync(byte[] hash, CancellationToken cancellationToken) => (await QueryAsync<int>(
        "select 1 from users.links where tenant = @tenant and hash = @hash and used_at is null and expires_at > now()", new { tenant = profile.Tenant, hash }, cancellationToken)).Count > 0;

    public Task BanAsync(NpgsqlTransaction transaction, string range, string reason, TimeSpan? time, string by, CancellationToken cancellationToken) => ExecuteAsync(transaction,
        """
        insert into users.bans (tenant, range, reason, banned_by, until)
        values (@tenant, @range::cidr, @reason, @by, now() + @time)
        on conflict (tenant, range) do update set reason = excluded.reason, banned_by = excluded.banned_by, banned_at = now(), until = excluded.until
        """, new { tenant = profile.Tenant, range, reason, by, time }, cancellationToken);

    /// <summary>False when it was not banned.</summary>
    public async Task<bool> LiftAsync(NpgsqlTransaction transaction, string range, CancellationToken cancellationToken) =>
        await ExecuteAsync(transaction, "delete from users.bans where tenant = @tenant and range = @range::cidr", new { tenant = profile.Tenant, range }, cancellationToken) > 0;

    public Task<IReadOnlyList<BanRow>> BansAsync(CancellationToken cancellationToken) => QueryAsync<BanRow>(
        """
        select range::text as "Range", reason as "Reason", banned_at as "BannedAt", banned_by as "BannedBy", until as "Until"
          from users.bans
         where tenant = @tenant and (until is null or until > now())
         order by range
        """, new { tenant = profile.Tenant }, cancellationToken);

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))];
    }

    private static Task<int> ExecuteAsync(NpgsqlTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
}

/// <summary>What decides who gets in, as read.</summary>
internal sealed record AccessRows(IReadOnlyList<string> Blocked, IReadOnlyList<StoredKey> Keys, IReadOnlyList<StoredBan> Bans, IReadOnlyList<StoredTeams> Teams, IReadOnlyList<StoredRoles> Roles);

/// <summary>The roles of a user.</summary>
internal sealed record StoredRoles
{
    public string Login { get; init; } = "";

    public string[] Roles { get; init; } = [];
}

/// <summary>An access key with its holder.</summary>
internal sealed record StoredKey
{
    public string Prefix { get; init; } = "";

    public byte[] Hash { get; init; } = [];

    public string Login { get; init; } = "";

    public string Tier { get; init; } = "";

    public string[] Roles { get; init; } = [];

    public DateTime? ExpiresAt { get; init; }

    public string? Project { get; init; }
}

/// <summary>A ban as read.</summary>
internal sealed record StoredBan
{
    public IPAddress Range { get; init; } = IPAddress.None;

    public int Bits { get; init; }

    public DateTime? Until { get; init; }
}

/// <summary>A user's teams as read.</summary>
internal sealed record StoredTeams
{
    public string Login { get; init; } = "";

    public string[] Teams { get; init; } = [];
}
