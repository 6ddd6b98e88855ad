using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Analytics;

/// <summary><c>/api/v1/analytics</c>: the reports of <c>analytics</c>, for administrators over HTTP: JSON, or CSV by <c>Accept: text/csv</c> or <c>?format=csv</c>.</summary>
internal static class AnalyticsEndpoints
{
    public static void Map(RouteMap routes)
    {
        var analytics = routes.For(Tier.Admin).MapGroup("/api/v1/analytics");
        analytics.MapGet("/sources", async (HttpContext context, CancellationToken cancellationToken) => Results.Ok(await SourceView.AllAsync(context.RequestServices, cancellationToken)));
        analytics.MapGet("/overview", (FactCatalogue catalogue, FactStore store, TimeProvider clock, [AsParameters] ReportQuery query, HttpRequest request, CancellationToken cancellationToken) => AnswerAsync(async () =>
        {
            var overview = await Overview.MakeAsync(catalogue, store, query.Request(), clock.GetUtcNow(), cancellationToken);
            return query.IsCsv(request) ? Csv(overview.ToCsv(), "overview") : Results.Ok(overview.ToJson());
        }));
        analytics.MapGet("/agents", (ReportDesk desk, [AsParameters] ReportQuery query, HttpRequest request, CancellationToken cancellationToken) =>
            AnswerAsync(async () => Report(await desk.AgentsAsync(query.Request(), cancellationToken), query.IsCsv(request))));
        analytics.MapGet("/show/{source}", (string source, ReportDesk desk, [AsParameters] ReportQuery query, HttpRequest request, CancellationToken cancellationToken) =>
            AnswerAsync(async () => Report(await desk.ShowAsync(source, query.Request(), cancellationToken), query.IsCsv(request))));
        foreach (var spec in ReportSpec.All)
            analytics.MapGet($"/{spec.Name}", (ReportDesk desk, [AsParameters] ReportQuery query, HttpRequest request, CancellationToken cancellationToken) =>
                AnswerAsync(async () => Report(await desk.MakeAsync(spec, query.Request(), cancellationToken), query.IsCsv(request))));
    }

    private static IResult Report(ReportTable report, bool csv) => csv ? Csv(report.ToCsv(), report.Name) : Results.Ok(report.ToJson());

    private static IResult Csv(string text, string name) => Results.File(Encoding.UTF8.GetBytes(text + "\r\n"), "text/csv; charset=utf-8; header=present", $"{name}.csv");

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> make)
    {
        try
        {
            return await make();
        }
        catch (ReportException fault) when (fault.Field is "source" or "report")
        {
            return Problems.Of(404, "not_found", fault.Message);
        }
        catch (ReportException fault)
        {
            return Results.ValidationProblem(new Dictionary<string, string[]> { [fault.Field] = [fault.Message] });
        }
    }
}

/// <summary>The query of a report: what the commands have as options.</summary>
internal sealed record ReportQuery
{
    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    public int? Days { get; init; }

    public string? By { get; init; }

    public int? Limit { get; init; }

    public bool? Bots { get; init; }

    public string? Format { get; init; }

    public ReportRequest Request()
    {
        if (Format is not (null or "json" or "csv")) throw new ReportException("format", "must be json or csv");
        return new ReportRequest { Since = Since, Until = Until, Days = Days, By = ReportRequest.Names(By), Limit = Limit ?? 100, Bots = Bots ?? false };
    }

    public bool IsCsv(HttpRequest request) => Format == "csv" || (Format is null && request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase));
}
