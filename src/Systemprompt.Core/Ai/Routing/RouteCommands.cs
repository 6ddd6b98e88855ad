using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Ai;

/// <summary><c>gateway routes list</c> and <c>gateway routes test</c>: which calls go where. Needs no database.</summary>
internal static class RouteCommands
{
    private static readonly Argument<string> Model = new("model") { Description = "The model as a client names it." };
    private static readonly Option<bool> Tools = new("--tools") { Description = "A call that offers tools." };
    private static readonly Option<bool> Stream = new("--stream") { Description = "A call that wants a stream." };
    private static readonly Option<long> Bytes = new("--bytes") { Description = "Size of its body in bytes; 0 by default." };

    public static void Map(CommandMap commands)
    {
        commands.Map("gateway routes list", "Lists the routes of the profile, with what they take and where it goes.", "gateway routes list", [], ListAsync);
        commands.Map("gateway routes test", "Shows where a call would go, in the order in which providers are asked. Exit code 1 when nobody serves it.", "gateway routes test echo --tools", [Model, Tools, Stream, Bytes], TestAsync);
    }

    /// <summary>The router of the command's profile, without keys that are secrets.</summary>
    public static ModelRouter Router(CliCall call)
    {
        var settings = call.Profile.Section<AiSettings>();
        return new ModelRouter(settings, new ProviderCatalog(settings));
    }

    private static Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = Router(call).Routes.Select(route => new RouteRow(route.Name, route.Settings.Models, Conditions(route.Settings), route.Settings.To)).ToList();
        if (rows.Count == 0) call.Output.Notice("the profile has no routes (ai.routes); a call goes to the provider that lists its model");
        call.Output.List(
            rows,
            ("route", row => row.Name),
            ("models", row => string.Join(", ", row.Models)),
            ("only", row => string.Join(", ", row.Only)),
            ("to", row => string.Join(", then ", row.To)));
        return Task.FromResult(0);
    }

    private static Task<int> TestAsync(CliCall call, CancellationToken cancellationToken)
    {
        var model = call.Get(Model)!;
        var plan = Router(call).Plan(model, call.Get(Tools), call.Get(Stream), call.Get(Bytes));
        if (plan.Targets.Count == 0) throw new CliException(GatewayFault.UnknownModel(model, plan.Disabled).Message);
        var rows = plan.Targets.Select((target, at) => new TargetRow(at + 1, target.Provider.Name, target.Model, plan.Route, target.Provider.Prices.Find(target.Model) is not null)).ToList();
        call.Output.List(
            rows,
            ("asked", row => row.Order),
            ("provider", row => row.Provider),
            ("model", row => row.Model),
            ("route", row => row.Route ?? "(models of the provider)"),
            ("priced", row => row.Priced));
        return Task.FromResult(0);
    }

    private static IReadOnlyList<string> Conditions(RouteSettings settings) =>
    [
        .. settings.Tools is { } tools ? [tools ? "with tools" : "without tools"] : Array.Empty<string>(),
        .. settings.Stream is { } stream ? [stream ? "streams" : "no streams"] : Array.Empty<string>(),
        .. settings.MinBody is { } least ? [$"at least {least}"] : Array.Empty<string>(),
        .. settings.MaxBody is { } most ? [$"at most {most}"] : Array.Empty<string>(),
    ];
}

/// <summary>One line of <c>gateway routes list</c>.</summary>
internal sealed record RouteRow(string Name, IReadOnlyList<string> Models, IReadOnlyList<string> Only, IReadOnlyList<string> To);

/// <summary>One line of <c>gateway routes test</c>.</summary>
internal sealed record TargetRow(int Order, string Provider, string Model, string? Route, bool Priced);
