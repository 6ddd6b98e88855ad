using Microsoft.AspNetCore.Routing;

namespace Systemprompt.Http;

/// <summary>One route as mapped.</summary>
internal sealed record RouteEntry(string Methods, string Pattern, string Extension, AccessRule? Access);

/// <summary>Lists every route, for listings and for the test that holds the access baseline.</summary>
internal static class RouteListing
{
    public static IReadOnlyList<RouteEntry> Of(IEnumerable<EndpointDataSource> sources) =>
        [.. sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(Entry).OrderBy(route => route.Pattern, StringComparer.Ordinal).ThenBy(route => route.Methods, StringComparer.Ordinal)];

    private static RouteEntry Entry(RouteEndpoint endpoint) => new(
        string.Join(",", endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]),
        "/" + endpoint.RoutePattern.RawText?.Trim('/'),
        endpoint.Metadata.GetMetadata<RouteOwner>()?.Extension ?? "",
        endpoint.Metadata.GetMetadata<AccessRule>());
}
