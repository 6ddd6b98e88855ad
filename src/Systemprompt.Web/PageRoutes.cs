using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Systemprompt.Web;

/// <summary>Maps Razor components as pages.</summary>
public static class PageRoutes
{
    /// <summary>Answers GET and HEAD on a pattern with a component rendered on the server.</summary>
    /// <typeparam name="TComponent">The page. Its <c>[Parameter]</c> properties are filled from route values of the same name.</typeparam>
    /// <param name="routes">A group from <c>RouteMap</c>: it already says who may see the page.</param>
    /// <param name="pattern">The route pattern, such as <c>/</c> or <c>/blog/{slug}</c>.</param>
    public static IEndpointConventionBuilder MapPage<TComponent>(this RouteGroupBuilder routes, string pattern)
        where TComponent : IComponent
    {
        ArgumentNullException.ThrowIfNull(routes);
        var parameters = typeof(TComponent).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.IsDefined(typeof(ParameterAttribute)))
            .ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        // As a RequestDelegate: any other handler is turned into one by code that is generated at every start.
        return routes.MapMethods(pattern, ["GET", "HEAD"], (RequestDelegate)(async context => await (await AnswerAsync(context, typeof(TComponent), parameters)).ExecuteAsync(context)));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, Type component, Dictionary<string, Type> known)
    {
        var parameters = new Dictionary<string, object?>();
        foreach (var (name, value) in context.Request.RouteValues)
        {
            if (!known.TryGetValue(name, out var type)) continue;
            if (!TryConvert(value, type, out var converted)) return Results.NotFound();
            parameters[name] = converted;
        }

        var html = await context.RequestServices.GetRequiredService<PageRenderer>().RenderAsync(component, parameters, context);
        if (context.Response.Headers.CacheControl.Count == 0) context.Response.Headers.CacheControl = "no-cache";
        return new PageResult(html);
    }

    private static bool TryConvert(object? value, Type type, out object? converted)
    {
        converted = null;
        var target = Nullable.GetUnderlyingType(type) ?? type;
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        if (text is null) return target != type || !type.IsValueType;
        try
        {
            converted = target == typeof(Guid) ? Guid.Parse(text) : Convert.ChangeType(text, target, CultureInfo.InvariantCulture);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or InvalidCastException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>The status may have been set by the page itself, so that it can say 404.</summary>
    private sealed class PageResult(ReadOnlyMemory<byte> html) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "text/html; charset=utf-8";
            response.ContentLength = html.Length;
            if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(html, httpContext.RequestAborted);
        }
    }
}
