using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Systemprompt.Http;

namespace Systemprompt.Web;

/// <summary>Serves the embedded assets. Names are looked up in a table, never on a disk.</summary>
internal static class AssetEndpoints
{
    public static void Map(RouteMap routes) =>
        routes.Public().MapMethods("/assets/{**path}", ["GET", "HEAD"], Answer);

    private static IResult Answer(string path, HttpRequest request)
    {
        if (request.HttpContext.RequestServices.GetRequiredService<AssetCatalogue>().Find(path) is not { } asset) return Results.NotFound();
        request.HttpContext.Response.Headers.CacheControl = request.Query["v"] == asset.Digest ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Digest}\""));
    }
}
