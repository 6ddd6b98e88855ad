using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Users;

/// <summary><c>admin teams …</c></summary>
internal static class TeamCommands
{
    private static readonly Argument<string> Team = new("team") { Description = "The team's name." };
    private static readonly Argument<string> Login = new("login") { Description = "The user." };
    private static readonly Option<string?> Description = new("--description") { Description = "What the team is for." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin teams list", "Lists teams and their members.", "admin teams list", [], ListAsync);
        commands.Map("admin teams create", "Creates a team.", "admin teams create platform --description 'Runs the clusters'", [Team, Description], (call, token) =>
            ChangeAsync(call, directory => directory.CreateTeamAsync(call.Get(Team)!, call.Get(Description), "cli", token), $"team {call.Get(Team)} is created", token));
        commands.Map("admin teams delete", "Deletes a team; its members stay.", "admin teams delete platform", [Team], (call, token) =>
            ChangeAsync(call, directory => directory.DeleteTeamAsync(call.Get(Team)!, "cli", token), $"team {call.Get(Team)} is deleted", token));
        commands.Map("admin teams add", "Puts a user into a team.", "admin teams add platform bob", [Team, Login], (call, token) =>
            ChangeAsync(call, directory => directory.JoinAsync(call.Get(Team)!, call.Get(Login)!, join: true, "cli", token), $"{call.Get(Login)} is in team {call.Get(Team)}", token));
        commands.Map("admin teams remove", "Takes a user out of a team.", "admin teams remove platform bob", [Team, Login], (call, token) =>
            ChangeAsync(call, directory => directory.JoinAsync(call.Get(Team)!, call.Get(Login)!, join: false, "cli", token), $"{call.Get(Login)} is not in team {call.Get(Team)}", token));
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await UsersCommands.ServiceAsync<UserStore>(call, cancellationToken)).TeamsAsync(cancellationToken),
            ("team", team => team.Name), ("description", team => team.Description), ("members", team => string.Join(", ", team.Members)));
        return 0;
    }

    private static async Task<int> ChangeAsync(CliCall call, Func<UserDirectory, Task> change, string said, CancellationToken cancellationToken)
    {
        var directory = await UsersCommands.ServiceAsync<UserDirectory>(call, cancellationToken);
        await UsersCommands.DoAsync(() => change(directory));
        UsersCommands.Say(call, new { team = call.Get(Team), done = true }, said);
        return 0;
    }
}
