using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles;
using Systemprompt.Secrets;

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

    public static void Map(CommandMap commands)
    {
        commands.Map("gateway routes list", "Lists the routes as they are now, with what they take and where it goes.", "gateway routes list", [Offline], ListAsync);
        commands.Map("gateway routes test", "Shows where a call would go, in the order in which providers are asked. Exit code 1 when nobody serves it.", "gateway routes test echo --tools", [Model, Tools, Stream, Bytes, Offline], TestAsync);
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
        var rows = (await TableAsync(call, cancellationToken)).Routes.Select(route => new RouteRow(route.Name, route.Settings.Models, Conditions(route.Settings), route.Settings.To)).ToList();
        if (rows.Count == 0) call.Output.Notice("there are no routes (ai.routes); a call goes to the provider that lists its model");
        call.Output.List(
            rows,
            ("route", row => row.Name),
            ("models", row => string.Join(", ", row.Models)),
            ("only", row => string.Join(", ", row.Only)),
            ("to", row => string.Join(", then ", row.To)));
        return 0;
    }

    private static async Task<int> TestAsync(CliCall call, CancellationToken cancellationToken)
    {
        var model = call.Get(Model)!;
        var plan = (await TableAsync(call, cancellationToken)).Plan(model, call.Get(Tools), call.Get(Stream), call.Get(Bytes));
        if (plan.Targets.Count == 0) throw new CliException(GatewayFault.UnknownModel(model, plan.Disabled).Message);
        var rows = plan.Targets.Select((target, at) => new TargetRow(at + 1, target.Provider.Name, target.Model, plan.Route, target.Provider.Prices.Find(target.Model) is not null)).ToList();
        call.Output.List(
            rows,
            ("asked", row => row.Order),
            ("provider", row => row.Provider),
            ("model", row => row.Model),
            ("route", row => row.Route ?? "(models of the provider)"),
            ("priced", row => row.Priced));
        return 0;
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
