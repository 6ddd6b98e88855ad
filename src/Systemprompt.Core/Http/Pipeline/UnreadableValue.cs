using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Systemprompt.Http.Pipeline;

/// <summary>Names the values of path and query that a route reads as something else than text, and that may be what it could not read.</summary>
internal static class UnreadableValue
{
    public static string Describe(HttpContext context)
    {
        var suspects = (context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(parameter => parameter.HasTryParse && (context.Request.Query.ContainsKey(parameter.Name) || context.Request.RouteValues.ContainsKey(parameter.Name)))
            .Select(parameter => $"'{parameter.Name}' ({Kind(parameter.ParameterInfo.ParameterType)})")
            .ToList();
        return suspects.Count > 0 ? $"a value cannot be read: look at {string.Join(", ", suspects)}" : "the request cannot be read";
    }

    private static string Kind(Type type)
    {
        var kind = Nullable.GetUnderlyingType(type) ?? type;
        return kind == typeof(int) || kind == typeof(long) ? "a whole number"
            : kind == typeof(DateTimeOffset) || kind == typeof(DateTime) ? "a time such as 2026-01-31T12:00:00Z"
            : kind == typeof(bool) ? "true or false"
            : kind == typeof(Guid) ? "a UUID"
            : kind.Name;
    }
}
