using Systemprompt.Extensions;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Ai;

/// <summary>A call that nobody makes, to see where it would go.</summary>
/// <param name="Model">As a client names it.</param>
/// <param name="Tools">Whether it offers tools.</param>
/// <param name="Stream">Whether it wants a stream.</param>
/// <param name="Bytes">Size of its body.</param>
/// <param name="User">Who calls, for a route's selector; null for nobody known.</param>
internal sealed record RouteQuestion(string Model, bool Tools, bool Stream, long Bytes, string? User)
{
    /// <summary>Asks the plan's selector, where it has one, as the server asks it for a call.</summary>
    /// <returns>The plan to go by.</returns>
    public async ValueTask<RoutePlan> SelectAsync(RoutePlan plan, RouteSelectors selectors, IMemberships memberships, CancellationToken cancellationToken)
    {
        if (plan.Selector is null) return plan;
        var head = new RequestHead { Model = Model, HasTools = Tools, Stream = Stream };
        var caller = new Principal { Subject = User ?? Principal.Anonymous.Subject, Tier = Tier.User };
        return await selectors.AskAsync(plan, new SelectorCall(head, ModelProtocol.Messages, Bytes, caller, null, default), memberships, cancellationToken);
    }
}

/// <summary>One line of <c>gateway routes test</c>.</summary>
internal sealed record TargetRow(int Order, string Provider, string Model, string? Route, bool Priced, string? Selector)
{
    /// <summary>The targets of a plan, in the order in which providers are asked.</summary>
    public static IReadOnlyList<TargetRow> Of(RoutePlan plan) =>
    [
        .. plan.Targets.Select((target, at) =>
            new TargetRow(at + 1, target.Provider.Name, target.Model, plan.Route, target.Provider.Prices.Find(target.Model) is not null, plan.Reason)),
    ];
}
