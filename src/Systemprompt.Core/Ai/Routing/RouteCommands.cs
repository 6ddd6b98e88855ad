using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles;
using Systemprompt.Secrets;
using Systemprompt.Users;

namespace Systemprompt.Ai;

/// <summary><c>gateway routes list</c> and <c>gateway routes test</c>: which calls go where.</summary>
internal static class RouteCommands
{
    private static readonly Argument<string> Model = new("model") { Description = "The model as a client names it." };
    private static readonly Option<bool> Tools = new("--tools") { Description = "A call that offers tools." };
    private static readonly Option<bool> Stream = new("--stream") { Description = "A call that wants a stream." };

    /// <summary>Of every command that shows what counts.</summary>
    public static readonly Option<bool> Offline = new("--offline") { Description = "Only what the profile says, without what was set live; needs no database." };

    private static readonly Option<long> Bytes = new("--bytes") { Description = "Size of its body in bytes; 0 by default." };

    private static readonly Option<string> User = new("--user") { Description = "Who calls, for a route's selector; nobody known by default." };

    public static void Map(CommandMap commands)
    {
        commands.Map("gateway routes list", "Lists the routes as they are now, with what they take and where it goes.", "gateway routes list", [Offline], ListAsync);
        commands.Map("gateway routes test", "Shows where a call would go, in the order in which providers are asked. Exit code 1 when nobody serves it.", "gateway routes test echo --tools", [Model, Tools, Stream, Bytes, User, Offline], TestAsync);
    }

    /// <summary>The routes that count now; with <c>--offline</c> those of the command's profile, without keys that are secrets.</summary>
    public static async Task<RouteTable> TableAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(Offline))
        {
            var settings = call.Profile.Section<AiSettings>();
            return new RouteTable(settings, new ProviderCatalog(settings));
        }

        var services = await call.ServicesAsync(cancellationToken);
        await services.GetRequiredService<ILiveReader>().ReadAsync(cancellationToken);
        // Without its key a provider is disabled.
        await services.GetRequiredService<ISecretReader>().ReadAsync(cancellationToken);
        return new RouteTable(services.GetRequiredService<ILive<AiSettings>>().Value, services.GetRequiredService<ProviderCatalog>());
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = (await TableAsync(call, cancellationToken)).Routes.Select(route => new RouteRow(route.Name, route.Settings.Models, Conditions(route.Settings), route.Settings.To, route.Settings.Selector)).ToList();
        if (rows.Count == 0) call.Output.Notice("there are no routes (ai.routes); a call goes to the provider that lists its model");
        call.Output.List(
            rows,
            ("route", row => row.Name),
            ("models", row => string.Join(", ", row.Models)),
            ("only", row => string.Join(", ", row.Only)),
            ("to", row => string.Join(", then ", row.To)),
            ("selector", row => row.Selector));
        return 0;
    }

    private static async Task<int> TestAsync(CliCall call, CancellationToken cancellationToken)
    {
        var asked = new RouteQuestion(call.Get(Model)!, call.Get(Tools), call.Get(Stream), call.Get(Bytes), call.Get(User));
        var plan = (await TableAsync(call, cancellationToken)).Plan(asked.Model, asked.Tools, asked.Stream, asked.Bytes);
        plan = await SelectAsync(call, asked, plan, cancellationToken);
        if (plan.Targets.Count == 0) throw new CliException(GatewayFault.UnknownModel(asked.Model, plan.Disabled).Message);
        call.Output.List(
            TargetRow.Of(plan),
            ("asked", row => row.Order),
            ("provider", row => row.Provider),
            ("model", row => row.Model),
            ("route", row => row.Route ?? "(models of the provider)"),
            ("priced", row => row.Priced),
            ("selector", row => row.Selector));
        return 0;
    }

    /// <summary>Asks the route's selector here, but for <c>--offline</c>.</summary>
    private static async Task<RoutePlan> SelectAsync(CliCall call, RouteQuestion asked, RoutePlan plan, CancellationToken cancellationToken)
    {
        if (plan.Selector is not { } use) return plan;
        if (call.Get(Offline))
        {
            call.Output.Notice($"selector {use.Name} is asked about each call and may change this; it is not asked with --offline");
            return plan;
        }

        var services = await call.ServicesAsync(cancellationToken);
        var memberships = await services.GetRequiredService<IMembershipReader>().ReadAsync(cancellationToken);
        return await asked.SelectAsync(plan, services.GetRequiredService<RouteSelectors>(), memberships, cancellationToken);
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
internal sealed record RouteRow(string Name, IReadOnlyList<string> Models, IReadOnlyList<string> Only, IReadOnlyList<string> To, string? Selector);
