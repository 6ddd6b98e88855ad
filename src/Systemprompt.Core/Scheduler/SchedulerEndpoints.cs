using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Scheduler;

/// <summary><c>/api/v1/jobs</c>: what <c>infra jobs</c> does, for administrators over HTTP.</summary>
internal static class SchedulerEndpoints
{
    private const int MostListed = 1000;

    public static void Map(RouteMap routes)
    {
        var jobs = routes.For(Tier.Admin).MapGroup("/api/v1/jobs");
        jobs.MapGet("", async (JobStore store, string? state, string? kind, int? limit, CancellationToken cancellationToken) =>
            Results.Ok((await store.ListAsync(state, kind, Limit(limit), cancellationToken)).Select(JobView.Of)));
        jobs.MapPost("", EnqueueAsync);
        jobs.MapGet("/history", async (JobStore store, string? kind, string? outcome, DateTimeOffset? since, int? limit, CancellationToken cancellationToken) =>
            Results.Ok((await store.HistoryAsync(new HistoryFilter { Kind = kind, Outcome = outcome, Since = since, Limit = Limit(limit) }, cancellationToken)).Select(AttemptView.Of)));
        jobs.MapGet("/kinds", async (JobStore store, JobCatalogue catalogue, CancellationToken cancellationToken) => Results.Ok(KindView.Of(catalogue, await store.KindsAsync(cancellationToken))));
        jobs.MapGet("/schedules", async (JobStore store, CancellationToken cancellationToken) => Results.Ok(await store.SchedulesAsync(cancellationToken)));
        jobs.MapGet("/workers", async (JobStore store, CancellationToken cancellationToken) => Results.Ok(await store.WorkersAsync(cancellationToken)));
        jobs.MapGet("/{id:long}", ShowAsync);
        jobs.MapPost("/{id:long}/cancel", async (long id, JobStore store, HttpContext context, CancellationToken cancellationToken) =>
            await store.CancelAsync(id, context.Principal().Subject, cancellationToken) is { } state
                ? Results.Ok(new { id, was = state, cancelled = state == "running" ? "asked" : "done" })
                : NoSuchJob(id));
        jobs.MapPost("/{id:long}/retry", RetryAsync);
        jobs.MapPost("/kinds/{kind}/pause", async (string kind, JobStore store, JobCatalogue catalogue, HttpContext context, CancellationToken cancellationToken) =>
        {
            if (catalogue.Find(kind) is null) return Unknown(catalogue, kind);
            await store.PauseAsync(kind, context.Principal().Subject, cancellationToken);
            return Results.Ok(new { kind, paused = true });
        });
        jobs.MapPost("/kinds/{kind}/resume", async (string kind, JobStore store, CancellationToken cancellationToken) =>
            Results.Ok(new { kind, paused = false, changed = await store.ResumeAsync(kind, cancellationToken) }));
    }

    private static async Task<IResult> EnqueueAsync(NewJobBody body, JobQueue queue, JobCatalogue catalogue, HttpContext context, CancellationToken cancellationToken)
    {
        if (body.Kind is null || catalogue.Find(body.Kind) is not { } kind) return Unknown(catalogue, body.Kind ?? "");
        try
        {
            var args = kind.Normalize(body.Args is { } given ? given.GetRawText() : "{}");
            var options = new EnqueueOptions { By = context.Principal().Subject, UniqueKey = body.UniqueKey, Priority = body.Priority, Delay = TimeSpan.FromSeconds(body.DelaySeconds ?? 0) };
            var job = await queue.EnqueueAsync(kind, args, options, null, cancellationToken);
            return job.IsNew ? Results.Created($"/api/v1/jobs/{job.Id}", job) : Results.Ok(job);
        }
        catch (JsonException)
        {
            return Invalid("args", $"they are not what {kind.Kind} takes");
        }
        catch (ArgumentException fault)
        {
            return Invalid("job", fault.Message);
        }
        catch (OverflowException)
        {
            return Invalid("delaySeconds", "is out of range");
        }
    }

    private static async Task<IResult> ShowAsync(long id, JobStore store, CancellationToken cancellationToken)
    {
        var job = await store.FindAsync(id, cancellationToken);
        var attempts = await store.HistoryAsync(new HistoryFilter { Job = id, Limit = 100 }, cancellationToken);
        return job is null && attempts.Count == 0
            ? NoSuchJob(id)
            : Results.Ok(new JobDetail(id, job?.State ?? attempts[0].Outcome, job is null ? null : JobView.Of(job), [.. attempts.Select(AttemptView.Of)]));
    }

    private static async Task<IResult> RetryAsync(long id, JobStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.RetryAsync(id, cancellationToken)
                ? Results.Ok(new { id, state = "waiting" })
                : Problems.Of(409, "not_retryable", $"job {id} is neither dead nor delayed");
        }
        catch (InvalidOperationException fault)
        {
            return Problems.Of(409, "key_in_use", fault.Message);
        }
    }

    private static IResult Unknown(JobCatalogue catalogue, string kind)
    {
        try
        {
            catalogue.Require(kind);
            return Results.Ok();
        }
        catch (ArgumentException fault)
        {
            return Invalid("kind", fault.Message);
        }
    }

    private static IResult Invalid(string what, string why) => Results.ValidationProblem(new Dictionary<string, string[]> { [what] = [why] });

    private static IResult NoSuchJob(long id) => Problems.Of(404, "not_found", $"there is no job {id}");

    private static int Limit(int? limit) => Math.Clamp(limit ?? 50, 1, MostListed);
}

/// <summary>The body of a POST.</summary>
internal sealed record NewJobBody(string? Kind, JsonElement? Args, string? UniqueKey, int? Priority, double? DelaySeconds);
