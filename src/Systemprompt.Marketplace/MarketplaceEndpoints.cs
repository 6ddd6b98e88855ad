using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Marketplace;

/// <summary>The catalogue in Claude Code's format (code.claude.com/docs, plugin marketplaces) and the archives it points to.</summary>
internal static class MarketplaceEndpoints
{
    private static readonly string[] Copied = ["author", "homepage", "repository", "license", "keywords", "category"];

    public static void Map(RouteMap routes)
    {
        var group = routes.Public();
        group.MapMethods("/marketplace.json", ["GET", "HEAD"], Catalogue);
        group.MapMethods("/marketplace/{name}.zip", ["GET", "HEAD"], Archive);
    }

    private static IResult Catalogue(HttpRequest request)
    {
        var services = request.HttpContext.RequestServices;
        var profile = services.GetRequiredService<Profile>();
        var settings = profile.Section<MarketplaceSettings>();
        // Claude Code installs archives over https only, so behind a proxy server.external_url has to say where it is reached.
        var address = profile.Section<ServerSettings>().ExternalUrl?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}";
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("name", settings.Name.Length > 0 ? settings.Name : PluginNames.From(services.GetRequiredService<HostInfo>().Name));
            json.WriteStartObject("owner");
            json.WriteString("name", settings.Owner.Length > 0 ? settings.Owner : profile.Tenant);
            if (settings.OwnerEmail.Length > 0) json.WriteString("email", settings.OwnerEmail);
            json.WriteEndObject();
            if (settings.Description.Length > 0) json.WriteString("description", settings.Description);
            json.WriteStartArray("plugins");
            foreach (var plugin in services.GetRequiredService<PluginCatalogue>().Plugins) Write(json, plugin, address);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        request.HttpContext.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(buffer.ToArray(), "application/json");
    }

    private static void Write(Utf8JsonWriter json, Plugin plugin, string address)
    {
        json.WriteStartObject();
        json.WriteString("name", plugin.Name);
        json.WriteString("version", plugin.Version);
        json.WriteString("description", plugin.Description);
        foreach (var name in Copied)
        {
            if (!plugin.Manifest.TryGetProperty(name, out var value)) continue;
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteStartObject("source");
        json.WriteString("source", "archive");
        json.WriteString("url", $"{address}/marketplace/{plugin.Name}.zip");
        json.WriteString("sha256", plugin.Sha256);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The name is looked up among the plugins; it never becomes part of a path.</summary>
    private static IResult Archive(string name, HttpRequest request)
    {
        if (request.HttpContext.RequestServices.GetRequiredService<PluginCatalogue>().Find(name) is not { } plugin)
            return Results.Problem($"There is no plugin of this name; /marketplace.json lists them.", statusCode: 404);
        request.HttpContext.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(plugin.Archive, "application/zip", entityTag: new EntityTagHeaderValue($"\"{plugin.Sha256}\""));
    }
}
