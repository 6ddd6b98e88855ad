using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Users;

/// <summary><c>admin bans …</c></summary>
internal static class BanCommands
{
    private static readonly Argument<string> Range = new("range") { Description = "An address, or a range such as 203.0.113.0/24 or 2001:db8::/32." };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why.", Required = true };
    private static readonly Option<string?> For = new("--for") { Description = "How long, such as 1h or 14d; until it is lifted by default." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin bans list", "Lists banned addresses.", "admin bans list", [], ListAsync);
        commands.Map("admin bans add", "Turns a range of addresses away, on every replica. Health stays open.", "admin bans add 203.0.113.0/24 --reason scanning --for 14d", [Range, Reason, For], AddAsync);
        commands.Map("admin bans remove", "Lifts a ban.", "admin bans remove 203.0.113.0/24", [Range], RemoveAsync);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await UsersCommands.ServiceAsync<AccessStore>(call, cancellationToken)).BansAsync(cancellationToken),
            ("range", ban => ban.Range), ("until", ban => ban.Until), ("reason", ban => ban.Reason), ("since", ban => ban.BannedAt), ("by", ban => ban.BannedBy));
        return 0;
    }

    private static async Task<int> AddAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await UsersCommands.ServiceAsync<AccessDesk>(call, cancellationToken);
        var range = await UsersCommands.DoAsync(() => desk.BanAsync(call.Get(Range)!, call.Get(Reason)!, UsersCommands.Duration(For, call), "cli", cancellationToken));
        UsersCommands.Say(call, new { range, banned = true }, $"{range} is banned");
        return 0;
    }

    private static async Task<int> RemoveAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await UsersCommands.ServiceAsync<AccessDesk>(call, cancellationToken);
        await UsersCommands.DoAsync(() => desk.LiftAsync(call.Get(Range)!, "cli", cancellationToken));
        UsersCommands.Say(call, new { range = call.Get(Range), banned = false }, $"{call.Get(Range)} is not banned any more");
        return 0;
    }
}
