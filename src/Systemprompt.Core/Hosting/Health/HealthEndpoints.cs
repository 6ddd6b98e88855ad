using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Http;

namespace Systemprompt.Hosting;

/// <summary>
/// <c>/api/v1/health</c>: the checks, the database among them; 200, or 503 when one fails. <c>/live</c>: the process runs. <c>/ready</c>:
/// it accepts connections. All answer from the moment the port is bound, outside limits and authentication.
/// </summary>
internal static class HealthEndpoints
{
    public static void Map(RouteMap routes)
    {
        var health = routes.Public().MapGroup("/api/v1/health").WithMetadata(PipelineExempt.Instance);
        health.MapMethods("", ["GET", "HEAD"], CheckAsync);
        health.MapMethods("/live", ["GET", "HEAD"], Live);
        health.MapMethods("/ready", ["GET", "HEAD"], Ready);
    }

    private static async Task<IResult> CheckAsync(HttpRequest request)
    {
        var answer = await request.HttpContext.RequestServices.GetRequiredService<HealthReports>().CheckAsync(request.HttpContext.RequestAborted);
        return Results.Json(answer, HealthJson.Default.HealthAnswer, statusCode: answer.Status == "unhealthy" ? 503 : 200);
    }

    private static IResult Live(HttpRequest request) => State(request, "alive", 200);

    private static IResult Ready(HttpRequest request)
    {
        var readiness = request.HttpContext.RequestServices.GetRequiredService<Readiness>();
        return State(request, readiness.IsReady ? "ready" : "not ready", readiness.IsReady ? 200 : 503);
    }

    private static IResult State(HttpRequest request, string status, int code)
    {
        var readiness = request.HttpContext.RequestServices.GetRequiredService<Readiness>();
        return Results.Json(
            new StateAnswer(status, readiness.State.ToString().ToLowerInvariant(), readiness.Detail), HealthJson.Default.StateAnswer, statusCode: code);
    }
}

/// <summary>What <c>/live</c> and <c>/ready</c> answer.</summary>
internal sealed record StateAnswer(string Status, string State, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(StateAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
