using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Users;

/// <summary><c>admin keys …</c>: access keys, for people and machines that cannot renew a token.</summary>
internal static class KeyCommands
{
    private static readonly Argument<string> Login = new("login") { Description = "Whom the key stands for." };
    private static readonly Option<string> Name = new("--name") { Description = "What it is for.", Required = true };
    private static readonly Option<string?> Ttl = new("--ttl") { Description = "How long it lives, such as 90d; until it is deleted by default." };
    private static readonly Argument<string> Key = new("key") { Description = "The key's beginning, as 'admin keys list' shows it." };
    private static readonly Option<string?> User = new("--user") { Description = "Only keys of this login." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin keys list", "Lists access keys, without what is secret of them.", "admin keys list --user bob", [User], ListAsync);
        commands.Map("admin keys create", "Makes an access key and prints it, this once, alone on stdout. Send it as bearer or x-api-key.", "admin keys create bob --name laptop --ttl 90d", [Login, Name, Ttl], CreateAsync);
        commands.Map("admin keys delete", "Deletes an access key; no replica takes it any more.", "admin keys delete sp_abcdefghij", [Key], DeleteAsync);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await UsersCommands.ServiceAsync<AccessStore>(call, cancellationToken)).KeysAsync(call.Get(User), cancellationToken),
            ("key", key => $"{key.Prefix}_…"), ("login", key => key.Login), ("name", key => key.Name), ("created", key => key.CreatedAt), ("expires", key => key.ExpiresAt));
        return 0;
    }

    private static async Task<int> CreateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await UsersCommands.ServiceAsync<AccessDesk>(call, cancellationToken);
        var key = await UsersCommands.DoAsync(() => desk.MakeKeyAsync(call.Get(Login)!, call.Get(Name)!, UsersCommands.Duration(Ttl, call), "cli", cancellationToken));
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
