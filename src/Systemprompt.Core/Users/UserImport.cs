using System.Text.Json;

namespace Systemprompt.Users;

/// <summary>Users as a file: one JSON array, in and out. Keys and links are not in it.</summary>
internal sealed class UserImport(UserDirectory directory, UserStore store, RoleCatalogue roles)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Every user that is not deleted.</summary>
    public async Task<IReadOnlyList<UserEntry>> ExportAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAsync(null, null, int.MaxValue, cancellationToken)).Select(user => new UserEntry(user.Login, user.Kind, user.Tier, user.Status, user.DisplayName, user.Email, user.Roles, user.Teams))];

    /// <summary>Creates who is new, changes who is different, and leaves everybody else alone. Nothing happens while an entry is wrong.</summary>
    /// <exception cref="UserException">The file cannot be read, or entries are wrong; the message names each.</exception>
    public async Task<ImportResult> ImportAsync(string text, string by, CancellationToken cancellationToken)
    {
        var entries = Read(text);
        var (created, changed, same) = (0, 0, 0);
        // Administrators first: who is to take over from the last one must be there when that one steps down.
        foreach (var entry in entries.OrderBy(entry => entry is { Tier: "admin", Status: "active" } ? 0 : 1))
        {
            var wanted = entry.ToRow();
            if (await store.FindAsync(entry.Login, cancellationToken) is not { Status: not "deleted" } found)
            {
                await directory.CreateAsync(wanted with { Status = "active" }, by, cancellationToken);
                if (wanted.Status != "active") await directory.UpdateAsync(entry.Login, user => user with { Status = wanted.Status }, by, cancellationToken);
                created++;
            }
            else if (Differ(found, wanted))
            {
                await directory.UpdateAsync(entry.Login, user => user with { Tier = wanted.Tier, Status = wanted.Status, DisplayName = wanted.DisplayName, Email = wanted.Email, Roles = wanted.Roles }, by, cancellationToken);
                changed++;
            }
            else
            {
                same++;
            }

            foreach (var team in entry.Teams ?? []) await JoinAsync(team, entry.Login, by, cancellationToken);
        }

        return new ImportResult(created, changed, same);
    }

    private IReadOnlyList<UserEntry> Read(string text)
    {
        List<UserEntry> entries;
        try
        {
            entries = JsonSerializer.Deserialize<List<UserEntry>>(text, Json) ?? [];
        }
        catch (JsonException fault)
        {
            throw UserException.Invalid($"line {fault.LineNumber + 1}: the file is not a JSON array of users ({fault.Path}); 'admin users export' shows the form");
        }

        var faults = new List<string>();
        foreach (var (at, entry) in entries.Index())
        {
            try
            {
                UserRules.Check(entry.ToRow(), roles);
                foreach (var team in entry.Teams ?? []) UserRules.CheckTeam(team);
                if (entries.Take(at).Any(other => other.Login == entry.Login)) throw UserException.Invalid($"'{entry.Login}' stands twice");
            }
            catch (UserException fault)
            {
                faults.Add($"entry {at + 1}: {fault.Message}");
            }
        }

        return faults.Count == 0 ? entries : throw UserException.Invalid(string.Join('\n', faults));
    }

    private async Task JoinAsync(string team, string login, string by, CancellationToken cancellationToken)
    {
        if ((await store.TeamsAsync(cancellationToken)).All(known => known.Name != team)) await directory.CreateTeamAsync(team, null, by, cancellationToken);
        await directory.JoinAsync(team, login, join: true, by, cancellationToken);
    }

    private static bool Differ(UserRow one, UserRow two) =>
        (one.Tier, one.Status, one.DisplayName, one.Email) != (two.Tier, two.Status, two.DisplayName, two.Email) || !one.Roles.ToHashSet().SetEquals(two.Roles);
}

/// <summary>A user in a file.</summary>
internal sealed record UserEntry(
    string Login, string Kind = "person", string Tier = "user", string Status = "active", string? DisplayName = null, string? Email = null, IReadOnlyList<string>? Roles = null, IReadOnlyList<string>? Teams = null)
{
    public UserRow ToRow() => new() { Login = Login ?? "", Kind = Kind, Tier = Tier, Status = Status, DisplayName = DisplayName, Email = Email, Roles = [.. Roles ?? []] };
}

/// <summary>What an import did.</summary>
internal sealed record ImportResult(int Created, int Changed, int Same);
