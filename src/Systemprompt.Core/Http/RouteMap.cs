using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Security;

namespace Systemprompt.Http;

/// <summary>
/// Where an extension maps its routes. It is deliberately no <see cref="IEndpointRouteBuilder"/>: the only way to one is through an
/// access rule, so a route without an access decision does not compile.
/// </summary>
public sealed class RouteMap
{
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly string _extension;

    internal RouteMap(IEndpointRouteBuilder endpoints, string extension)
    {
        _endpoints = endpoints;
        _extension = extension;
    }

    /// <summary>The container.</summary>
    public IServiceProvider Services => _endpoints.ServiceProvider;

    /// <summary>Routes that anybody may call.</summary>
    public RouteGroupBuilder Public() => Group(AccessRule.Public);

    /// <summary>Routes for callers of the given tiers. Admin is not implied.</summary>
    public RouteGroupBuilder For(params ReadOnlySpan<Tier> tiers) => Group(new AccessRule { Tiers = tiers.ToArray().ToHashSet() });

    /// <summary>Routes for any authenticated caller whose token carries a scope.</summary>
    public RouteGroupBuilder Scope(string scope) =>
        Group(new AccessRule { Tiers = Enum.GetValues<Tier>().Where(tier => tier != Tier.Anonymous).ToHashSet(), Scope = scope });

    private RouteGroupBuilder Group(AccessRule rule) =>
        _endpoints.MapGroup("").WithMetadata(rule, new RouteOwner(_extension));
}

/// <summary>Which extension mapped a route.</summary>
internal sealed record RouteOwner(string Extension);
