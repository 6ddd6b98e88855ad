using Npgsql;
using Systemprompt.Database;
using Systemprompt.Security;

namespace Systemprompt.Users;

/// <summary>Changes users and teams: each change in one transaction with its record, and told to every process.</summary>
internal sealed class UserDirectory(NpgsqlDataSource database, UserStore store, RoleCatalogue roles, RevocationStore revocations, Profiles.Profile profile, TimeProvider clock) : IUsers
{
    public async Task<UserInfo?> FindAsync(string login, CancellationToken cancellationToken) =>
        await store.FindAsync(login, cancellationToken) is { Status: not "deleted" } user ? Info(user) : null;

    public async Task<IReadOnlyList<UserInfo>> FindManyAsync(IReadOnlyCollection<string> logins, CancellationToken cancellationToken) =>
        [.. (await store.FindManyAsync(logins, cancellationToken)).Where(user => user.Status != "deleted").Select(Info)];

    private static UserInfo Info(UserRow user) => new(user.Login, user.Kind == "service", user.Status == "active", user.DisplayName, user.Email, user.Roles, user.Teams);

    /// <exception cref="UserException">The login or the address is taken, or a field is not what it may be.</exception>
    public Task CreateAsync(UserRow user, string by, CancellationToken cancellationToken)
    {
        UserRules.Check(user, roles);
        return ChangeAsync(async transaction =>
        {
            if (!await store.InsertAsync(transaction, user, cancellationToken)) throw new UserException("taken", $"login '{user.Login}' is taken, perhaps by a user who was deleted; a login is given once");
            await store.NoteAsync(transaction, user.Login, "created", $"{user.Kind}, tier {user.Tier}{(user.Roles.Length > 0 ? $", roles {string.Join(" ", user.Roles)}" : "")}", by, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Changes a user. Losing a right ends the tokens there are; getting one waits for the next token.</summary>
    /// <exception cref="UserException">There is none, it is the last administrator, or a field is not what it may be.</exception>
    public async Task<UserRow> UpdateAsync(string login, Func<UserRow, UserRow> change, string by, CancellationToken cancellationToken)
    {
        UserRow before = null!, after = null!;
        await ChangeAsync(async transaction =>
        {
            // Before the row, as everybody does, so that two who change administrators do not wait for each other.
            var others = await store.CountOtherAdminsAsync(transaction, login, cancellationToken);
            before = await FindLivingAsync(transaction, login, cancellationToken);
            after = change(before);
            UserRules.Check(after, roles, before.Roles);
            if (IsAdmin(before) && !IsAdmin(after) && others == 0) throw LastAdmin(login);
            await store.UpdateAsync(transaction, after, cancellationToken);
            foreach (var (what, detail) in Differences(before, after)) await store.NoteAsync(transaction, login, what, detail, by, cancellationToken);
            if (HasLost(before, after)) await EndTokensAsync(transaction, login, cancellationToken);
        }, cancellationToken);
        return after;
    }

    /// <summary>Deletes a user: keys, links and teams go, the login stays taken and its tokens refused.</summary>
    /// <exception cref="UserException">There is none, or it is the last administrator.</exception>
    public Task DeleteAsync(string login, string by, CancellationToken cancellationToken)
    {
        return ChangeAsync(async transaction =>
        {
            var others = await store.CountOtherAdminsAsync(transaction, login, cancellationToken);
            var user = await FindLivingAsync(transaction, login, cancellationToken);
            if (IsAdmin(user) && others == 0) throw LastAdmin(login);
            await store.UpdateAsync(transaction, user with { Status = "deleted", DisplayName = null, Email = null, Roles = [] }, cancellationToken);
            await store.ForgetAsync(transaction, login, cancellationToken);
            await store.NoteAsync(transaction, login, "deleted", null, by, cancellationToken);
            await EndTokensAsync(transaction, login, cancellationToken);
        }, cancellationToken);
    }

    public Task CreateTeamAsync(string name, string? description, string by, CancellationToken cancellationToken)
    {
        UserRules.CheckTeam(name);
        return ChangeAsync(async transaction =>
        {
            if (!await store.InsertTeamAsync(transaction, name, description, cancellationToken)) throw new UserException("taken", $"there is a team '{name}' already");
            await store.NoteAsync(transaction, $"team {name}", "created", null, by, cancellationToken);
        }, cancellationToken);
    }

    public Task DeleteTeamAsync(string name, string by, CancellationToken cancellationToken) => ChangeAsync(async transaction =>
    {
        if (!await store.DeleteTeamAsync(transaction, name, cancellationToken)) throw NoSuchTeam(name);
        await store.NoteAsync(transaction, $"team {name}", "deleted", null, by, cancellationToken);
    }, cancellationToken);

    public Task JoinAsync(string team, string login, bool join, string by, CancellationToken cancellationToken) => ChangeAsync(async transaction =>
    {
        if (!await store.HasTeamAsync(transaction, team, cancellationToken)) throw NoSuchTeam(team);
        await FindLivingAsync(transaction, login, cancellationToken);
        var changed = join ? await store.JoinAsync(transaction, team, login, cancellationToken) : await store.LeaveAsync(transaction, team, login, cancellationToken);
        if (changed) await store.NoteAsync(transaction, login, join ? "joined" : "left", $"team {team}", by, cancellationToken);
    }, cancellationToken);

    private async Task ChangeAsync(Func<NpgsqlTransaction, Task> change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await change(transaction);
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "users_email" })
        {
            throw new UserException("taken", "another user has this email address");
        }

        await NotifyBus.PublishAsync(connection, AccessStore.Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<UserRow> FindLivingAsync(NpgsqlTransaction transaction, string login, CancellationToken cancellationToken) =>
        await store.FindAsync(transaction.Connection!, transaction, login, forUpdate: true, cancellationToken) is { Status: not "deleted" } user ? user : throw UserException.NoSuchUser(login);

    private Task EndTokensAsync(NpgsqlTransaction transaction, string login, CancellationToken cancellationToken)
    {
        var (now, settings) = (clock.GetUtcNow(), profile.Section<SecuritySettings>());
        return revocations.AddAsync(transaction, new Revocation(null, login, now), now + settings.MaxTokenTtl + settings.ClockSkew, cancellationToken);
    }

    private static bool IsAdmin(UserRow user) => user is { Tier: "admin", Status: "active" };

    private static bool HasLost(UserRow before, UserRow after) =>
        (before.Status == "active" && after.Status != "active") || before.Tier != after.Tier || before.Roles.Except(after.Roles).Any();

    private static IEnumerable<(string What, string? Detail)> Differences(UserRow before, UserRow after)
    {
        if (before.Status != after.Status) yield return (after.Status == "active" ? "resumed" : "suspended", null);
        if (before.Tier != after.Tier) yield return ("tier", $"{before.Tier} to {after.Tier}");
        foreach (var role in after.Roles.Except(before.Roles)) yield return ("granted", role);
        foreach (var role in before.Roles.Except(after.Roles)) yield return ("revoked", role);
        // Not what they were: a person who is erased is not to be found here again.
        if (before.DisplayName != after.DisplayName) yield return ("name", null);
        if (before.Email != after.Email) yield return ("email", null);
    }

    private static UserException LastAdmin(string login) => new("last_admin", $"'{login}' is the last active administrator; make another one first (admin users create NAME --tier admin)");

    private static UserException NoSuchTeam(string name) => new("not_found", $"there is no team '{name}'; 'admin teams list' shows them");
}
