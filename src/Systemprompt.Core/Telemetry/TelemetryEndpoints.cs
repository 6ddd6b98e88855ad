using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Telemetry;

/// <summary><c>/metrics</c>, for whom the profile says.</summary>
internal static class TelemetryEndpoints
{
    public static void Map(RouteMap routes, MetricsSettings settings)
    {
        var group = settings.Access switch
        {
            MetricsAccess.Scope => routes.Scope(settings.Scope),
            MetricsAccess.Public => routes.Public(),
            MetricsAccess.Networks => routes.Public(),
            _ => routes.For(Tier.Admin),
        };
        var metrics = group.MapGet("/metrics", Write).WithMetadata(OutsideServing.Instance);
        if (settings.Access != MetricsAccess.Networks) return;
        var networks = settings.Networks.Select(network => IPNetwork.Parse(network)).ToList();
        metrics.AddEndpointFilter((call, next) => MayFetch(call.HttpContext.Connection.RemoteIpAddress, networks)
            ? next(call)
            : ValueTask.FromResult<object?>(Results.Problem("metrics are for the networks that the profile names", statusCode: StatusCodes.Status403Forbidden)));
    }

    private static IResult Write(MetricReader metrics, Resource resource, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return Results.Text(PrometheusText.Write(metrics.Read(), resource.Attributes), PrometheusText.ContentType);
    }

    private static bool MayFetch(IPAddress? address, List<IPNetwork> networks)
    {
        if (address is null) return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Exists(network => network.Contains(plain));
    }
}
