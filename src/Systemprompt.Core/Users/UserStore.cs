using Dapper;
using Npgsql;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Users;

/// <summary>Users and teams in PostgreSQL.</summary>
internal sealed class UserStore(NpgsqlDataSource database, IEvents events, Profile profile)
{
    /// <summary>Somebody changed a user, a team, a key or a ban.</summary>
    public static readonly EventKind<UserChange> Changed = new("users.changed");

    private const string Columns =
        """
        u.login as "Login", u.kind as "Kind", u.tier as "Tier", u.status as "Status", u.display_name as "DisplayName", u.email as "Email", u.roles as "Roles",
        array(select m.team from users.members m where m.tenant = u.tenant and m.login = u.login order by m.team) as "Teams", u.created_at as "CreatedAt"
        """;

    /// <summary>Those that are not deleted, or only those of a status.</summary>
    public async Task<IReadOnlyList<UserRow>> ListAsync(string? status, string? team, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {Columns}
              from users.users u
             where u.tenant = @tenant and case when @status::text is null then u.status <> 'deleted' else u.status = @status end
               and (@team::text is null or exists (select from users.members m where m.tenant = u.tenant and m.login = u.login and m.team = @team))
             order by u.login
             limit @limit
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<UserRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, status, team, limit }, cancellationToken: cancellationToken))];
    }

    public async Task<UserRow?> FindAsync(string login, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, null, login, forUpdate: false, cancellationToken);
    }

    public async Task<IReadOnlyList<UserRow>> FindManyAsync(IReadOnlyCollection<string> logins, CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from users.users u where u.tenant = @tenant and u.login = any(@logins)";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<UserRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, logins = logins.ToArray() }, cancellationToken: cancellationToken))];
    }

    public async Task<UserRow?> FindAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string login, bool forUpdate, CancellationToken cancellationToken)
    {
        var sql = $"select {Columns} from users.users u where u.tenant = @tenant and u.login = @login {(forUpdate ? "for update of u" : "")}";
        return await connection.QuerySingleOrDefaultAsync<UserRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, login }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps others from changing administrators until the transaction ends, and says how many active ones there are besides somebody.</summary>
    public async Task<long> CountOtherAdminsAsync(NpgsqlTransaction transaction, string login, CancellationToken cancellationToken)
    {
        const string hold = "select pg_advisory_xact_lock(hashtextextended('users.admins:' || @tenant, 0))";
        const string count = "select count(*) from users.users where tenant = @tenant and tier = 'admin' and status = 'active' and login <> @login";
        var parameters = new { tenant = profile.Tenant, login };
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(hold, parameters, transaction, cancellationToken: cancellationToken));
        return await transaction.Connection!.ExecuteScalarAsync<long>(new CommandDefinition(count, parameters, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Inserts a user; false when the login is taken, also by a deleted one.</summary>
    public async Task<bool> InsertAsync(NpgsqlTransaction transaction, UserRow user, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into users.users (tenant, login, kind, tier, status, display_name, email, roles)
            values (@tenant, @Login, @Kind, @Tier, @Status, @DisplayName, @Email, @Roles)
            on conflict (tenant, login) do nothing
            """;
        return await ExecuteAsync(transaction, sql, new { tenant = profile.Tenant, user.Login, user.Kind, user.Tier, user.Status, user.DisplayName, user.Email, user.Roles }, cancellationToken) > 0;
    }

    public Task UpdateAsync(NpgsqlTransaction transaction, UserRow user, CancellationToken cancellationToken)
    {
        const string sql = """
            update users.users
               set tier = @Tier, status = @Status, display_name = @DisplayName, email = @Email, roles = @Roles, updated_at = now()
             where tenant = @tenant and login = @Login
            """;
        return ExecuteAsync(transaction, sql, new { tenant = profile.Tenant, user.Login, user.Tier, user.Status, user.DisplayName, user.Email, user.Roles }, cancellationToken);
    }

    /// <summary>What a deleted user leaves behind: no keys, no links, no teams.</summary>
    public async Task ForgetAsync(NpgsqlTransaction transaction, string login, CancellationToken cancellationToken)
    {
        foreach (var sql in new[]
        {
            "delete from users.keys where tenant = @tenant and login = @login", "delete from users.links where tenant = @tenant and login = @login",
            "delete from users.members where tenant = @tenant and login = @login",
        })
            await ExecuteAsync(transaction, sql, new { tenant = profile.Tenant, login }, cancellationToken);
    }

    public async Task<IReadOnlyList<TeamRow>> TeamsAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select t.name as "Name", t.description as "Description", t.created_at as "CreatedAt",
                   array(select m.login from users.members m where m.tenant = t.tenant and m.team = t.name order by m.login) as "Members"
              from users.teams t
             where t.tenant = @tenant
             order by t.name
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<TeamRow>(new CommandDefinition(sql, new { tenant = profile.Tenant }, cancellationToken: cancellationToken))];
    }

    /// <summary>False when there is one of the name.</summary>
    public async Task<bool> InsertTeamAsync(NpgsqlTransaction transaction, string name, string? description, CancellationToken cancellationToken) => await ExecuteAsync(transaction,
        "insert into users.teams (tenant, name, description) values (@tenant, @name, @description) on conflict do nothing", new { tenant = profile.Tenant, name, description }, cancellationToken) > 0;

    public async Task<bool> DeleteTeamAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken) =>
        await ExecuteAsync(transaction, "delete from users.teams where tenant = @tenant and name = @name", new { tenant = profile.Tenant, name }, cancellationToken) > 0;

    public async Task<bool> HasTeamAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken) => await transaction.Connection!.ExecuteScalarAsync<bool>(
        new CommandDefinition("select exists (select from users.teams where tenant = @tenant and name = @name)", new { tenant = profile.Tenant, name }, transaction, cancellationToken: cancellationToken));

    /// <summary>False when nothing changed.</summary>
    public async Task<bool> JoinAsync(NpgsqlTransaction transaction, string team, string login, CancellationToken cancellationToken) => await ExecuteAsync(transaction,
        "insert into users.members (tenant, team, login) values (@tenant, @team, @login) on conflict do nothing", new { tenant = profile.Tenant, team, login }, cancellationToken) > 0;

    /// <inheritdoc cref="JoinAsync"/>
    public async Task<bool> LeaveAsync(NpgsqlTransaction transaction, string team, string login, CancellationToken cancellationToken) => await ExecuteAsync(transaction,
        "delete from users.members where tenant = @tenant and team = @team and login = @login", new { tenant = profile.Tenant, team, login }, cancellationToken) > 0;

    /// <summary>Notes a change and publishes it, in the transaction that makes it.</summary>
    public async Task NoteAsync(NpgsqlTransaction transaction, string subject, string change, string? detail, string by, CancellationToken cancellationToken)
    {
        const string note = "insert into users.changes (tenant, subject, change, detail, by_whom) values (@tenant, @subject, @change, @detail, @by)";
        await ExecuteAsync(transaction, note, new { tenant = profile.Tenant, subject, change, detail, by }, cancellationToken);
        await events.PublishAsync(Changed, new UserChange(subject, change, by), transaction: transaction, cancellationToken: cancellationToken);
    }

    /// <summary>Changes, newest first.</summary>
    public async Task<IReadOnlyList<ChangeRow>> ChangesAsync(string? subject, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select at as "At", subject as "Subject", change as "Change", detail as "Detail", by_whom as "ByWhom"
              from users.changes
             where tenant = @tenant and (@subject::text is null or subject = @subject)
             order by at desc
             limit @limit
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<ChangeRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, subject, limit }, cancellationToken: cancellationToken))];
    }

    private static Task<int> ExecuteAsync(NpgsqlTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
}
