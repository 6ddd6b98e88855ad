using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Ai;

/// <summary>Asks the route selectors of extensions. Whatever one does, the call has a way to go: at worst the route's own.</summary>
internal sealed class RouteSelectors
{
    private const int LongestReason = 200;

    private readonly Dictionary<string, SelectorGate> _gates;
    private readonly IMemberships _memberships;
    private readonly ProviderGates _providers;

    /// <exception cref="ExtensionException">A name is not well-formed, or stands twice.</exception>
    public RouteSelectors(ExtensionRegistry extensions, IMemberships memberships, ProviderGates providers, IServiceProvider services, TimeProvider clock, ILogger<RouteSelectors> logger)
    {
        (_memberships, _providers) = (memberships, providers);
        _gates = ExtensionNames.Collect(extensions, "route selector", static extension => extension.RouteSelectors, static selector => selector.Name)
            .ToDictionary(entry => entry.Key, entry => new SelectorGate(entry.Value, services, clock, logger), StringComparer.Ordinal);
    }

    /// <summary>Selectors whose last answer was none.</summary>
    public IReadOnlyList<string> InTrouble => _gates.Count == 0 ? [] : [.. _gates.Values.Where(gate => gate.IsInTrouble).Select(gate => gate.Name).Order(StringComparer.Ordinal)];

    /// <summary>Makes the selectors of the profile's routes.</summary>
    /// <exception cref="ExtensionException">An extension that is disabled brings one, or one cannot be made.</exception>
    public void Prepare(Profile profile)
    {
        foreach (var (name, route) in profile.Section<AiSettings>().Routes)
        {
            if (route.Selector is not { Length: > 0 } selector) continue;
            var place = $"{profile.Source}: ai.routes.{name}.selector";
            if (!_gates.TryGetValue(selector, out var gate)) throw new ExtensionException($"{place}: the route selector '{selector}' is brought by an extension that is disabled; enable it, or take the line out");
            try
            {
                gate.Prepare();
            }
            catch (Exception exception)
            {
                throw new ExtensionException($"{place}: the route selector '{selector}' cannot be made: {exception.Message}");
            }
        }
    }

    /// <summary>Asks the selector of a call's plan.</summary>
    /// <returns>The plan to go by.</returns>
    /// <exception cref="OperationCanceledException">The caller, or the host, ended the call.</exception>
    public ValueTask<RoutePlan> AskAsync(ModelCall call, RoutePlan plan, CancellationToken cancellationToken) =>
        AskAsync(plan, new SelectorCall(call.Head, call.Door.Spoken, call.RequestBytes, call.Principal, call.Session, call.Body!.Memory), _memberships, cancellationToken);

    /// <inheritdoc cref="AskAsync(ModelCall, RoutePlan, CancellationToken)"/>
    public async ValueTask<RoutePlan> AskAsync(RoutePlan plan, SelectorCall call, IMemberships memberships, CancellationToken cancellationToken)
    {
        var (name, patience) = plan.Selector!;
        // Set live, and brought by an extension that is disabled.
        if (!_gates.TryGetValue(name, out var gate)) return Plan(plan, name, SelectorAnswer.Missing);
        var context = Context(plan, call, memberships, gate.ReadsBody);
        return Plan(plan, name, await gate.AskAsync(context, patience, cancellationToken));
    }

    private static RoutePlan Plan(RoutePlan plan, string selector, in SelectorAnswer answer)
    {
        AiMetrics.Selected(selector, answer.Result);
        var said = RecordedText.Of(answer.Reason);
        if (said is { Length: > LongestReason }) said = said[..(char.IsHighSurrogate(said[LongestReason - 1]) ? LongestReason - 1 : LongestReason)];
        var reason = said is { Length: > 0 } ? $"{selector} ({answer.Result}): {said}" : $"{selector} ({answer.Result})";
        return answer.Order is not { } order ? plan with { Reason = reason } : plan with { Reason = reason, Targets = [.. order.Select(option => plan.Targets[option.Place])] };
    }

    private RouteContext Context(RoutePlan plan, SelectorCall call, IMemberships memberships, bool withBody) => new()
    {
        Route = plan.Route!,
        Model = call.Head.Model!,
        Protocol = call.Protocol,
        Stream = call.Head.Stream,
        HasTools = call.Head.HasTools,
        Bytes = call.Bytes,
        MaxTokens = call.Head.MaxTokens,
        Principal = call.Caller,
        Teams = memberships.TeamsOf(call.Caller.Subject),
        Roles = memberships.RolesOf(call.Caller.Subject),
        Session = call.Session,
        Targets = [.. plan.Targets.Select((target, place) => new RouteOption(place, target.Provider.Name, target.Model, _providers.For(target.Provider).IsOpen))],
        // A copy: a selector that is left behind must not read in an array that is another call's by then.
        Body = withBody ? call.Body.ToArray() : default,
    };
}

/// <summary>What is known of a call when its selector is asked.</summary>
internal readonly record struct SelectorCall(RequestHead Head, ModelProtocol Protocol, long Bytes, Principal Caller, string? Session, ReadOnlyMemory<byte> Body);

/// <summary>What asking a selector came to.</summary>
/// <param name="Result">A stable word.</param>
/// <param name="Order">What it chose; null for the route's own order.</param>
/// <param name="Reason">What it said, or why it was not listened to.</param>
internal readonly record struct SelectorAnswer(string Result, IReadOnlyList<RouteOption>? Order, string? Reason)
{
    public static SelectorAnswer Missing => new("failed", null, "no enabled extension brings it");
}
