using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Http;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Users;

/// <summary><c>admin users …</c></summary>
internal static class UsersCommands
{
    private static readonly Argument<string> Login = new("login") { Description = "The login: the subject of the user's tokens." };
    private static readonly Option<string> Tier = new("--tier") { Description = $"{string.Join(", ", UserRules.Tiers)}.", DefaultValueFactory = static _ => "user" };
    private static readonly Option<string?> NewTier = new("--tier") { Description = $"{string.Join(", ", UserRules.Tiers)}." };
    private static readonly Option<bool> Service = new("--service") { Description = "A machine, not a person." };
    private static readonly Option<string?> DisplayName = new("--name") { Description = "What to call it." };
    private static readonly Option<string?> Email = new("--email") { Description = "Where to write to." };
    private static readonly Option<string[]> Roles = new("--role") { Description = "A role; repeatable. 'admin users roles' lists them." };
    private static readonly Argument<string> Role = new("role") { Description = "The role; 'admin users roles' lists them." };
    private static readonly Option<string?> Status = new("--status") { Description = "Only this status: active, suspended, deleted." };
    private static readonly Option<string?> Team = new("--team") { Description = "Only members of this team." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, up to 10000.", DefaultValueFactory = static _ => 100 };
    private static readonly Option<string?> Ttl = new("--ttl") { Description = "How long the link is good, such as 1h or 7d; the profile's users.invite_ttl by default." };
    private static readonly Argument<string> File = new("file") { Description = "The file; - is standard input." };
    private static readonly Option<string?> Of = new("--of") { Description = "Only changes to this login, 'team NAME' or 'address RANGE'." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin users list", "Lists users.", "admin users list --status suspended", [Status, Team, Limit], ListAsync);
        commands.Map("admin users show", "Shows a user.", "admin users show alice --json", [Login], ShowAsync);
        commands.Map("admin users create", "Creates a user, a person or a machine.", "admin users create bob --name 'Bob Jones' --email bob@example.com", [Login, Tier, Service, DisplayName, Email, Roles], CreateAsync);
        commands.Map("admin users update", "Changes a user's tier, name or address. A changed tier ends the tokens there are.", "admin users update bob --tier admin", [Login, NewTier, DisplayName, Email], (call, token) =>
            UpdateAsync(call, user => user with { Tier = call.Get(NewTier) ?? user.Tier, DisplayName = call.Get(DisplayName) ?? user.DisplayName, Email = call.Get(Email) ?? user.Email }, "changed", token));
        commands.Map("admin users suspend", "Keeps a user out, on every replica at once.", "admin users suspend bob", [Login], (call, token) => UpdateAsync(call, user => user with { Status = "suspended" }, "suspended", token));
        commands.Map("admin users resume", "Lets a suspended user in again, with new tokens.", "admin users resume bob", [Login], (call, token) => UpdateAsync(call, user => user with { Status = "active" }, "active", token));
        commands.Map("admin users delete", "Deletes a user: name, address, keys and teams go, the login stays taken.", "admin users delete bob", [Login], DeleteAsync);
        commands.Map("admin users grant", "Gives a user a role.", "admin users grant bob billing.editor", [Login, Role], (call, token) => UpdateAsync(call, user => user with { Roles = [.. user.Roles.Union([call.Get(Role)!])] }, "changed", token));
        commands.Map("admin users revoke", "Takes a role from a user, and ends the tokens that carry it.", "admin users revoke bob billing.editor", [Login, Role], (call, token) =>
            UpdateAsync(call, user => user with { Roles = [.. user.Roles.Except([call.Get(Role)!])] }, "changed", token));
        commands.Map("admin users roles", "Lists the roles that extensions bring.", "admin users roles", [], RolesAsync);
        commands.Map("admin users invite", "Makes a link that lets a user in once, and prints it alone on stdout.", "admin users invite bob --ttl 1d", [Login, Ttl], InviteAsync);
        commands.Map("admin users export", "Prints every user as one JSON array, as 'admin users import' takes it.", "admin users export", [], ExportAsync);
        commands.Map("admin users import", "Creates and changes users from a file; leaves alone who is not in it.", "admin users import users.json", [File], ImportAsync);
        commands.Map("admin users changes", "Lists changes to users, teams, keys and bans, newest first.", "admin users changes --of bob", [Of, Limit], ChangesAsync);
    }

    /// <summary>Runs a change; what cannot be done becomes the command's message.</summary>
    internal static async Task<T> DoAsync<T>(Func<Task<T>> change)
    {
        try
        {
            return await change();
        }
        catch (UserException fault)
        {
            throw new CliException(fault.Message, fault.Code == "invalid" ? 2 : 1);
        }
    }

    internal static Task DoAsync(Func<Task> change) => DoAsync(async () =>
    {
        await change();
        return true;
    });

    internal static async Task<T> ServiceAsync<T>(CliCall call, CancellationToken cancellationToken)
        where T : notnull => (await call.ServicesAsync(cancellationToken)).GetRequiredService<T>();

    internal static void Say(CliCall call, object document, string line)
    {
        if (call.Output.IsJson) call.Output.Document(document);
        else call.Output.Line(line);
    }

    internal static TimeSpan? Duration(Option<string?> option, CliCall call) =>
        call.Get(option) is not { } text ? null
        : ValueText.Parse(typeof(TimeSpan), text, out var expected) is TimeSpan time ? time
        : throw new CliException($"{option.Name} {text} is not {expected}", 2);

    private static int Most(CliCall call) => call.Get(Limit) is >= 1 and <= 10_000 and var limit ? limit : throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 10000", 2);

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var status = call.Get(Status);
        if (status is not (null or "active" or "suspended" or "deleted")) throw new CliException($"--status {status} is none of active, suspended, deleted", 2);
        call.Output.List(
            await (await ServiceAsync<UserStore>(call, cancellationToken)).ListAsync(status, call.Get(Team), Most(call), cancellationToken),
            ("login", user => user.Login), ("kind", user => user.Kind), ("tier", user => user.Tier), ("status", user => user.Status), ("name", user => user.DisplayName), ("email", user => user.Email),
            ("roles", user => string.Join(", ", user.Roles)), ("teams", user => string.Join(", ", user.Teams)));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var user = await (await ServiceAsync<UserStore>(call, cancellationToken)).FindAsync(call.Get(Login)!, cancellationToken) ?? throw new CliException(UserException.NoSuchUser(call.Get(Login)!).Message);
        call.Output.Item(
            user, ("login", shown => shown.Login), ("kind", shown => shown.Kind), ("tier", shown => shown.Tier), ("status", shown => shown.Status), ("name", shown => shown.DisplayName),
            ("email", shown => shown.Email), ("roles", shown => string.Join(", ", shown.Roles)), ("teams", shown => string.Join(", ", shown.Teams)), ("created", shown => shown.CreatedAt));
        return 0;
    }

    private static async Task<int> CreateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var user = new UserRow
        {
            Login = call.Get(Login)!, Kind = call.Get(Service) ? "service" : "person", Tier = call.Get(Tier)!, DisplayName = call.Get(DisplayName), Email = call.Get(Email), Roles = call.Get(Roles) ?? [],
        };
        var directory = await ServiceAsync<UserDirectory>(call, cancellationToken);
        await DoAsync(() => directory.CreateAsync(user, "cli", cancellationToken));
        Say(call, user, $"{user.Login} is created; 'admin users invite {user.Login}' makes a link that lets it in");
        return 0;
    }

    private static async Task<int> UpdateAsync(CliCall call, Func<UserRow, UserRow> change, string word, CancellationToken cancellationToken)
    {
        var directory = await ServiceAsync<UserDirectory>(call, cancellationToken);
        var user = await DoAsync(() => directory.UpdateAsync(call.Get(Login)!, change, "cli", cancellationToken));
        Say(call, user, $"{user.Login} is {word}");
        return 0;
    }

    private static async Task<int> DeleteAsync(CliCall call, CancellationToken cancellationToken)
    {
        var directory = await ServiceAsync<UserDirectory>(call, cancellationToken);
        await DoAsync(() => directory.DeleteAsync(call.Get(Login)!, "cli", cancellationToken));
        Say(call, new { login = call.Get(Login), deleted = true }, $"{call.Get(Login)} is deleted");
        return 0;
    }

    private static async Task<int> RolesAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List([.. (await ServiceAsync<RoleCatalogue>(call, cancellationToken)).All], ("role", role => role.Name), ("scopes", role => string.Join(" ", role.Scopes)), ("description", role => role.Description));
        return 0;
    }

    private static async Task<int> InviteAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (login, lifetime) = (call.Get(Login)!, Duration(Ttl, call) ?? call.Profile.Section<UsersSettings>().InviteTtl);
        var desk = await ServiceAsync<AccessDesk>(call, cancellationToken);
        var code = await DoAsync(() => desk.InviteAsync(login, lifetime, "cli", cancellationToken));
        var server = call.Profile.Section<ServerSettings>();
        var link = new Uri(server.ExternalUrl ?? new Uri($"http://localhost:{server.Port}"), $"login/{code}");
        if (call.Output.IsJson) call.Output.Document(new { login, link, expires_in_seconds = (long)lifetime.TotalSeconds });
        else call.Output.Line(link.ToString());
        return 0;
    }

    private static async Task<int> ExportAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.Document(await (await ServiceAsync<UserImport>(call, cancellationToken)).ExportAsync(cancellationToken));
        return 0;
    }

    private static async Task<int> ImportAsync(CliCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(File)!;
        string text;
        try
        {
            text = name == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await System.IO.File.ReadAllTextAsync(name, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{name} cannot be read: {fault.Message}");
        }

        var import = await ServiceAsync<UserImport>(call, cancellationToken);
        var result = await DoAsync(() => import.ImportAsync(text, "cli", cancellationToken));
        Say(call, result, $"{result.Created} created, {result.Changed} changed, {result.Same} as they were");
        return 0;
    }

    private static async Task<int> ChangesAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await ServiceAsync<UserStore>(call, cancellationToken)).ChangesAsync(call.Get(Of), Most(call), cancellationToken),
            ("at", change => change.At), ("who or what", change => change.Subject), ("change", change => change.Change), ("detail", change => change.Detail), ("by", change => change.ByWhom));
        return 0;
    }
}
