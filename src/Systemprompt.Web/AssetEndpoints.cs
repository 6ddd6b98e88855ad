using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Systemprompt.Http;

namespace Systemprompt.Web;

/// <summary>Serves the embedded assets. Names are looked up in a table, never on a disk.</summary>
internal static class AssetEndpoints
{
    public static void Map(RouteMap routes) =>
        routes.Public().MapMethods("/assets/{**path}", ["GET", "HEAD"], (RequestDelegate)(static context => Answer(context).ExecuteAsync(context)));

    private static IResult Answer(HttpContext context)
    {
        var path = context.GetRouteValue("path") as string ?? "";
        if (context.RequestServices.GetRequiredService<AssetCatalogue>().Find(path) is not { } asset) return Results.NotFound();
        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Digest ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Digest}\""));
    }
}
