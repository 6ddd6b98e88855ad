using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Users;

/// <summary><c>admin keys …</c>: access keys, for people and machines that cannot renew a token.</summary>
internal static class KeyCommands
{
    private static readonly Argument<string> Login = new("login") { Description = "Whom the key stands for." };
    private static readonly Option<string> Name = new("--name") { Description = "What it is for.", Required = true };
    private static readonly Option<string?> Ttl = new("--ttl") { Description = "How long it lives, such as 90d; until it is deleted by default." };
    private static readonly Option<string?> Project = new("--project") { Description = "What its calls count for in 'analytics costs --by project', unless they name a project themselves (x-project)." };
    private static readonly Argument<string> Key = new("key") { Description = "The key's beginning, as 'admin keys list' shows it." };
    private static readonly Option<string?> User = new("--user") { Description = "Only keys of this login." };

    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Only keys whose name begins so, such as sp_ab." };
    private static readonly Argument<string> Part = new("part") { Description = "What you have of a key: the beginning of its name such as sp_abc, or all of it; - reads standard input, so that a key stands in no history of a shell." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin keys list", "Lists access keys, without what is secret of them.", "admin keys list --user bob", [User, Prefix], ListAsync);
        commands.Map("admin keys find", "Finds whose an access key is by some of it, deleted keys included. What is secret of it is never printed. Exit code 1 when there is none.", "admin keys find sp_abcd", [Part], FindAsync);
        commands.Map("admin keys create", "Makes an access key and prints it, this once, alone on stdout. Send it as bearer or x-api-key.", "admin keys create bob --name laptop --ttl 90d --project apollo", [Login, Name, Ttl, Project], CreateAsync);
        commands.Map("admin keys delete", "Deletes an access key; no replica takes it any more.", "admin keys delete sp_abcdefghij", [Key], DeleteAsync);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await UsersCommands.ServiceAsync<AccessStore>(call, cancellationToken)).KeysAsync(call.Get(User), PartOf(call), cancellationToken),
            ("key", key => key.Prefix + AccessKey.Hidden), ("login", key => key.Login), ("name", key => key.Name), ("project", key => key.Project), ("created", key => key.CreatedAt), ("expires", key => key.ExpiresAt));
        return 0;
    }

    private static KeyPart? PartOf(CliCall call) => call.Get(Prefix) is { } text
        ? KeyPart.Read(text) ?? throw new CliException("--prefix is no beginning of an access key; one begins with sp_ and ten letters and digits", 2)
        : null;

    private static async Task<int> FindAsync(CliCall call, CancellationToken cancellationToken)
    {
        var text = call.Get(Part)!;
        var search = await UsersCommands.ServiceAsync<KeySearch>(call, cancellationToken);
        if (text == "-") text = await CliInput.ReadAsync(text, cancellationToken);
        var found = await UsersCommands.DoAsync(() => search.FindAsync(text, cancellationToken));
        if (found.Count == 0) throw new CliException("there is no such key, and none was deleted within the time that changes are kept");
        if (found.Count == KeySearch.Most) call.Output.Notice($"these are the first {KeySearch.Most}; give more of the key");
        call.Output.List(
            found,
            ("key", key => key.Prefix + AccessKey.Hidden), ("found by", key => key.Match), ("state", key => key.State), ("login", key => key.Login), ("name", key => key.Name), ("project", key => key.Project),
            ("created", key => key.CreatedAt), ("expires", key => key.ExpiresAt), ("deleted", key => key.DeletedAt), ("by", key => key.DeletedBy));
        return 0;
    }

    private static async Task<int> CreateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await UsersCommands.ServiceAsync<AccessDesk>(call, cancellationToken);
        var key = await UsersCommands.DoAsync(() => desk.MakeKeyAsync(call.Get(Login)!, call.Get(Name)!, call.Get(Project), UsersCommands.Duration(Ttl, call), "cli", cancellationToken));
        UsersCommands.Say(call, new { key = key.Text, key.Prefix, login = call.Get(Login) }, key.Text);
        return 0;
    }

    private static async Task<int> DeleteAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await UsersCommands.ServiceAsync<AccessDesk>(call, cancellationToken);
        await UsersCommands.DoAsync(() => desk.DeleteKeyAsync(call.Get(Key)!, "cli", cancellationToken));
        UsersCommands.Say(call, new { deleted = true }, "the key is deleted");
        return 0;
    }
}
