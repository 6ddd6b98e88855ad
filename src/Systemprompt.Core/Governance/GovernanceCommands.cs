using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Governance.Replay;
using Systemprompt.Profiles;
using Systemprompt.Users;

namespace Systemprompt.Governance;

/// <summary><c>governance policies|decisions|models|replay</c></summary>
internal static class GovernanceCommands
{
    private const int MostListed = 10_000;

    private static readonly Argument<string> Model = new("model") { Description = "The model as a client names it." };
    private static readonly Option<string> Login = new("--user") { Description = "The user's login.", Required = true };
    private static readonly Option<string?> Since = new("--since") { Description = "How long ago, such as 7d, or a time." };
    private static readonly Option<string?> User = new("--user") { Description = "Only of this user." };
    private static readonly Option<string?> Session = new("--session") { Description = "Only of this session." };
    private static readonly Option<string?> Tool = new("--tool") { Description = "Only about this tool." };
    private static readonly Option<string?> OfModel = new("--model") { Description = "Only about this model." };
    private static readonly Option<string?> Policy = new("--policy") { Description = "Only refused by this policy, or what it would have refused." };
    private static readonly Option<string?> Verdict = new("--verdict") { Description = "Only allow, deny or limit." };
    private static readonly Option<bool> Remarked = new("--remarked") { Description = "Only with a remark, or with a refusal that was only observed." };
    private static readonly Option<int> Limit = new("--limit") { Description = $"How many at most, up to {MostListed}.", DefaultValueFactory = static _ => 50 };
    private static readonly Option<string> File = new("--policy") { Description = "A file with what would stand below governance: in the profile; - is standard input. What it does not name stays as it is.", Required = true };

    public static void Map(CommandMap commands)
    {
        commands.Map("governance policies list", "Lists the policies in their order as they are now, with what their refusals do.", "governance policies list", [], PoliciesAsync);
        commands.Map("governance decisions list", "Lists verdicts of both doors, newest first.", "governance decisions list --since 1h --verdict deny", [Since, User, Session, Tool, OfModel, Policy, Verdict, Remarked, Limit], DecisionsAsync);
        commands.Map("governance coverage", "Finds what went past a door since a day ago or --since: tools that ran without a hook, sessions that ran tools without the gateway.", "governance coverage --since 7d", [Since, Limit], CoverageAsync);
        commands.Map("governance models test", "Says whether a user may use a model, and by which rule. Exit code 1 when not.", "governance models test echo --user alice", [Model, Login], ModelsAsync);
        commands.Map("governance replay", "Judges recorded calls again under other policies and shows whose verdict would change; of a model call also the tools that its conversation says ran, by name. What a refusal hung on and is not recorded (credentials, inputs, scopes of tokens, what a route's name stood for) is not judged again.",
            "governance replay --policy policies.yaml --since 7d", [File, Since], ReplayAsync);
        RuleCommands.Map(commands);
    }

    private static async Task<int> PoliciesAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await LiveAsync(call, cancellationToken);
        call.Output.List(PolicyLine.All(services), ("order", row => row.Order), ("policy", row => row.Name), ("on", row => row.On), ("mode", row => row.Mode), ("reads answers", row => row.ReadsAnswers), ("extension", row => row.Extension));
        return 0;
    }

    private static async Task<int> DecisionsAsync(CliCall call, CancellationToken cancellationToken)
    {
        var limit = call.Get(Limit);
        if (limit is < 1 or > MostListed) throw new CliException($"--limit {limit} is not from 1 to {MostListed}", 2);
        if (call.Get(Verdict) is { } verdict && !DecisionFilter.Verdicts.Contains(verdict)) throw new CliException($"--verdict {verdict} is none of {string.Join(", ", DecisionFilter.Verdicts)}", 2);
        var filter = new DecisionFilter
        {
            Since = CliTime.Read(Since.Name, call.Get(Since), call.Composition.Clock.GetUtcNow()), User = call.Get(User), Session = call.Get(Session), Tool = call.Get(Tool), Model = call.Get(OfModel),
            Policy = call.Get(Policy), Verdict = call.Get(Verdict), Remarked = call.Get(Remarked),
        };
        var rows = await (await call.ServicesAsync(cancellationToken)).GetRequiredService<DecisionStore>().ListAsync(filter, limit, cancellationToken);
        if (rows.Count == 0) call.Output.Notice("no decisions match");
        call.Output.List(rows, ("time", row => row.At), ("id", row => row.Id), ("door", row => row.Door), ("user", row => row.User), ("what", row => row.Tool ?? row.Model ?? row.Event), ("verdict", row => row.Verdict), ("policy", row => row.Policy), ("reason", row => row.Words));
        return 0;
    }

    private static async Task<int> CoverageAsync(CliCall call, CancellationToken cancellationToken)
    {
        var now = call.Composition.Clock.GetUtcNow();
        var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<CoverageStore>();
        var rows = await store.GapsAsync(CliTime.Read(Since.Name, call.Get(Since), now) ?? now - TimeSpan.FromDays(1), Math.Clamp(call.Get(Limit), 1, MostListed), cancellationToken);
        if (rows.Count == 0) call.Output.Notice("nothing went past a door");
        call.Output.List(rows, ("gap", row => row.Gap), ("user", row => row.User), ("session", row => row.Session), ("tools", row => row.Tools), ("which", row => row.Names), ("first", row => row.First), ("last", row => row.Last));
        return 0;
    }

    private static async Task<int> ModelsAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await LiveAsync(call, cancellationToken);
        // As the database has them now: a command follows nothing.
        await services.GetRequiredService<IMembershipReader>().ReadAsync(cancellationToken);
        if (services.GetService<IModelStandIns>() is { } standIns) await standIns.ReadAsync(cancellationToken);
        var answer = ModelTest.Ask(services, call.Get(Login)!, call.Get(Model)!);
        call.Output.Item(answer, ("user", row => row.User), ("model", row => row.Model), ("allowed", row => row.Allowed), ("by", row => row.By), ("teams", row => string.Join(" ", row.Teams)), ("roles", row => string.Join(" ", row.Roles)));
        return answer.Allowed ? 0 : 1;
    }

    private static async Task<int> ReplayAsync(CliCall call, CancellationToken cancellationToken)
    {
        var now = call.Composition.Clock.GetUtcNow();
        var since = CliTime.Read(Since.Name, call.Get(Since), now) ?? now - TimeSpan.FromDays(7);
        var path = call.Get(File)!;
        var text = await CliInput.ReadAsync(path, cancellationToken);
        var services = await LiveAsync(call, cancellationToken);
        var settings = PolicyFile.Read(path, text, services.GetRequiredService<LiveProfile>().Current);
        // Teams and roles as they are now.
        var replay = new PolicyReplay(services.GetRequiredService<ILive<GovernanceSettings>>().Value, settings, call.Profile, await services.GetRequiredService<IMembershipReader>().ReadAsync(cancellationToken));
        await foreach (var line in services.GetRequiredService<DecisionStore>().ReadAsync(since, cancellationToken)) await replay.JudgeAsync(line, cancellationToken);
        if (call.Output.IsJson)
        {
            call.Output.Document(new { since, calls = replay.Calls, refused = replay.Refused, passed = replay.Passed, not_judged = replay.NotJudged, changes = replay.Groups });
            return 0;
        }

        call.Output.Notice($"{replay.Calls} calls since {since:yyyy-MM-dd HH:mm}Z: {replay.Refused} that passed would be refused, {replay.Passed} that were refused would pass, {replay.NotJudged} were refused for what is not recorded, or by settings that are others now, and are not judged");
        call.Output.List(replay.Groups, ("calls", row => row.Calls), ("would be", row => row.Change == "refused" ? "refused" : "passed"), ("policy", row => row.Policy), ("user", row => row.User), ("what", row => row.Tool ?? row.Model), ("first", row => row.First), ("example", row => row.Example), ("reason", row => row.Reason));
        return 0;
    }

    private static async Task<IServiceProvider> LiveAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        await services.GetRequiredService<ILiveReader>().ReadAsync(cancellationToken);
        return services;
    }
}
