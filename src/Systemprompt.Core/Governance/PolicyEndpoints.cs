using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Governance.Replay;
using Systemprompt.Http;
using Systemprompt.Http.Bodies;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Governance;

/// <summary>
/// What <c>governance policies|rules|models|replay</c> show, for administrators over HTTP. It changes nothing, and answers from what this process follows: nothing is read
/// again for a question, since an older state could then stand over a newer one.
/// </summary>
internal static class PolicyEndpoints
{
    // A replay reads every verdict of the range.
    private const int MostDays = 31;
    private const long LargestPolicies = 64 * 1024;

    // Each sorts the verdicts of its range in the database, and judges them beside calls.
    private static readonly SemaphoreSlim One = new(1);

    public static void Map(RouteMap routes)
    {
        var governance = routes.For(Tier.Admin).MapGroup("/api/v1/governance");
        governance.MapGet("/policies", (HttpContext context) => Results.Ok(PolicyLine.All(context.RequestServices)));
        governance.MapGet("/rules", (ILive<GovernanceSettings> settings) => Results.Ok(RuleLine.All(settings.Value.SecretScan.Disabled)));
        governance.MapGet("/models/test", (string? user, string? model, HttpContext context) =>
            string.IsNullOrEmpty(user) || string.IsNullOrEmpty(model) ? Invalid("say who would use what: ?user=alice&model=echo") : Results.Ok(ModelTest.Ask(context.RequestServices, user, model)));
        governance.MapPost("/replay", ReplayAsync);
    }

    /// <summary>Judges recorded calls again by the policies in the body, which is what <c>governance replay --policy</c> takes; JSON is YAML too.</summary>
    private static async Task<IResult> ReplayAsync(HttpContext context, string? since, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            var from = CliTime.Read("since", since, now) ?? now - TimeSpan.FromDays(7);
            if (from < now - TimeSpan.FromDays(MostDays)) return Invalid($"since is more than {MostDays} days ago; the command 'governance replay' goes further back");
            if (await ReadAsync(context.Request, cancellationToken) is not { } text)
                return Problems.Of(413, "body_too_large", $"the body is larger than {new ByteSize(LargestPolicies)}; the command 'governance replay' takes a longer file");
            var settings = PolicyFile.Read("body", text, context.RequestServices.GetRequiredService<LiveProfile>().Current, fills: false);
            if (!await One.WaitAsync(0, cancellationToken)) return Problems.Of(429, "replay_runs", "another replay runs on this process; try again when it has ended");
            try
            {
                return Results.Ok(await JudgeAsync(context.RequestServices, settings, from, cancellationToken));
            }
            finally
            {
                One.Release();
            }
        }
        catch (CliException fault)
        {
            return Invalid(fault.Message);
        }
    }

    private static async Task<object> JudgeAsync(IServiceProvider services, GovernanceSettings settings, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var current = services.GetRequiredService<ILive<GovernanceSettings>>().Value;
        var replay = new PolicyReplay(current, settings, services.GetRequiredService<Profile>(), services.GetRequiredService<IMemberships>());
        await foreach (var line in services.GetRequiredService<DecisionStore>().ReadAsync(from, cancellationToken)) await replay.JudgeAsync(line, cancellationToken);
        return new { since = from, calls = replay.Calls, refused = replay.Refused, passed = replay.Passed, notJudged = replay.NotJudged, changes = replay.Groups };
    }

    /// <returns>Null when it is too large.</returns>
    private static async Task<string?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LargestPolicies) return null;
        using var body = new PooledBody(LargestPolicies);
        while (await request.Body.ReadAsync(body.GetSpace(request.ContentLength + 1), cancellationToken) is > 0 and var count)
        {
            body.Advance(count);
            if (body.IsOverLimit) return null;
        }

        return Encoding.UTF8.GetString(body.Span);
    }

    private static IResult Invalid(string message) => Problems.Of(400, "invalid", message);
}
