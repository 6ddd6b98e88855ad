namespace Systemprompt.Users;

/// <summary>The people and machines that this installation knows.</summary>
public interface IUsers
{
    /// <summary>One by login, which is a token's subject; null when there is none, or it was deleted.</summary>
    Task<UserInfo?> FindAsync(string login, CancellationToken cancellationToken = default);

    /// <summary>Those of the logins that there are.</summary>
    Task<IReadOnlyList<UserInfo>> FindManyAsync(IReadOnlyCollection<string> logins, CancellationToken cancellationToken = default);
}

/// <summary>A person or a machine.</summary>
/// <param name="Login">The subject of its tokens.</param>
/// <param name="IsService">A machine.</param>
/// <param name="IsActive">False while suspended.</param>
/// <param name="DisplayName">What to call it.</param>
/// <param name="Email">Where to write to.</param>
/// <param name="Roles">Names of its roles.</param>
/// <param name="Teams">Names of its teams.</param>
public sealed record UserInfo(string Login, bool IsService, bool IsActive, string? DisplayName, string? Email, IReadOnlyList<string> Roles, IReadOnlyList<string> Teams);

/// <summary>Reads who is in which team and has which roles, for commands, which follow nothing.</summary>
internal interface IMembershipReader
{
    Task<IMemberships> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Who is in which team and has which roles, from memory: as of the last change, which every process knows within a second.</summary>
internal interface IMemberships
{
    /// <summary>The teams of a login; none when it has none, or is not known here.</summary>
    IReadOnlyList<string> TeamsOf(string login);

    /// <summary>The roles of a login; none when it has none, or is not known here.</summary>
    IReadOnlyList<string> RolesOf(string login);
}
