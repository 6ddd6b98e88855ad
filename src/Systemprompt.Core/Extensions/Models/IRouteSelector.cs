namespace Systemprompt.Extensions;

/// <summary>
/// Decides, for one call of a route, which of the route's targets are asked and in what order. One instance a process; called by many at once, before the
/// policies, which then judge what it chose.
/// </summary>
public interface IRouteSelector
{
    /// <summary>
    /// Chooses. Stands on the path of every call of its routes: no I/O where that can be helped. One that throws, that names what was not offered, or that
    /// is not done within the route's <c>selector_timeout</c> changes nothing: the call goes the route's own order, and health says so.
    /// </summary>
    /// <param name="context">The call, as far as a selector sees it.</param>
    /// <param name="cancellationToken">Cancelled when its time is over, or the caller has left.</param>
    ValueTask<RouteSelection> SelectAsync(RouteContext context, CancellationToken cancellationToken);
}

/// <summary>A route selector of an extension.</summary>
/// <param name="Name">Its name in the profile, and in the rows of calls: lower-case letters, digits, '_', '-' and '.', at most 100. No two in a binary may share one.</param>
/// <param name="Create">Makes the selector, once, when the server starts.</param>
public sealed record RouteSelectorRegistration(string Name, Func<IServiceProvider, IRouteSelector> Create)
{
    /// <summary>One sentence for listings.</summary>
    public string Description { get; init; } = "";

    /// <summary>True gives it a copy of each call's body (<see cref="RouteContext.Body"/>). Without it a selector never sees what anybody wrote.</summary>
    public bool ReadsBody { get; init; }
}

/// <summary>What a selector chose.</summary>
public readonly record struct RouteSelection
{
    private RouteSelection(IReadOnlyList<RouteOption> order, string? reason) => (Order, Reason) = (order, reason);

    /// <summary>The route's own order.</summary>
    public static RouteSelection Unchanged => default;

    /// <summary>The targets to ask, in order: at least one, each one of <see cref="RouteContext.Targets"/>, none twice. Null for the route's own.</summary>
    public IReadOnlyList<RouteOption>? Order { get; }

    /// <summary>Why, for the call's row: a few words, of which 200 characters are kept. Never what the caller wrote.</summary>
    public string? Reason { get; }

    /// <summary>These targets, in this order, and no others.</summary>
    /// <param name="order">At least one of <see cref="RouteContext.Targets"/>, none twice.</param>
    /// <param name="reason">Why, in a few words, for the call's row.</param>
    public static RouteSelection Of(IEnumerable<RouteOption> order, string? reason = null) => new([.. order], reason);

    /// <summary>This target alone.</summary>
    /// <param name="only">One of <see cref="RouteContext.Targets"/>.</param>
    /// <param name="reason">Why, in a few words, for the call's row.</param>
    public static RouteSelection Of(RouteOption only, string? reason = null) => new([only], reason);
}
