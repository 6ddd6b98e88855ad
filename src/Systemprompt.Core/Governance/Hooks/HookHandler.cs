using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Http.Bodies;
using Systemprompt.Profiles;

namespace Systemprompt.Governance.Hooks;

/// <summary>
/// <c>POST /api/v1/hooks/govern</c>: reads the event, asks the policies, commits the decision's row, answers. <c>/track</c> asks nobody and only records. Whatever is wrong (no token, a limit,
/// a body that cannot be read, the database away) is a refusal in the client's own terms, since the client runs the tool on any other answer.
/// </summary>
internal sealed partial class HookHandler(IPolicyEngine policies, IAuditLog audit, Profile profile, TimeProvider clock, ILogger<HookHandler> logger)
{
    // Of a call of a tool. The vendors' are a quarter of it.
    private const int LongestId = 128;

    // Enough of the event to see what it is, where nothing of it will be judged.
    private const int Glance = 64 * 1024;

    private readonly GovernanceSettings _settings = profile.Section<GovernanceSettings>();
    private readonly BodyBudget _budget = new(profile.Section<GovernanceSettings>().HookMaxBodyMemory.Bytes);

    public async Task HandleAsync(HttpContext context, bool tracks = false)
    {
        var hook = new HookEvent { IsTracked = tracks };
        HookDecision decision;
        try
        {
            (hook, decision) = await JudgeAsync(context, tracks);
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            decision = HookDecision.Of(exception);
            if (decision.Code == "internal") HookFailed(logger, context.TraceId(), exception);
        }

        await HookReply.WriteAsync(context, hook, decision);
    }

    private async ValueTask<(HookEvent Hook, HookDecision Decision)> JudgeAsync(HttpContext context, bool tracks)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var pending = context.Features.Get<PendingRefusal>();
        var limit = pending is null ? _settings.HookMaxBody.Bytes : Math.Min(Glance, _settings.HookMaxBody.Bytes);
        using var body = new PooledBody(limit, _budget);
        var unread = await HookBody.ReadAsync(context, body, limit);
        var fault = HookEventReader.Read(body.Span, unread is null, out var hook);
        hook = hook with { IsTracked = tracks };
        var decision = pending is not null ? HookDecision.Of(pending)
            : unread is not null ? HookDecision.Deny("event_unread", unread)
            : fault is not null ? HookDecision.Deny("event_invalid", fault)
            : hook.Kind == HookKind.Report ? HookDecision.Pass
            : HookDecision.Of(await policies.EvaluateAsync(Call(context, id, now, hook, body.Memory), context.RequestAborted));
        if (!IsRecorded(pending)) return (hook, decision);
        var row = Row(context, id, now, hook, decision);
        context.Features.Set(new ClientActivity(row.SessionId, hook.Kind == HookKind.Tool));
        try
        {
            await audit.CommitAsync(row, CancellationToken.None);
            context.Response.Headers["x-audit-id"] = id.ToString();
            return (hook, decision);
        }
        catch (AuditUnavailableException exception)
        {
            // What was refused anyway keeps its own reason.
            return (hook, decision.Outcome == PolicyOutcome.Pass ? HookDecision.Of(exception) : decision);
        }
    }

    /// <summary>A server that is starting has no audit trail yet, and a flood from one address must not become a flood of rows.</summary>
    private static bool IsRecorded(PendingRefusal? pending) => pending is not { Status: StatusCodes.Status503ServiceUnavailable } and not { Code: "address_rate_limited" or "address_banned" };

    private static PolicyCall Call(HttpContext context, Guid id, DateTimeOffset at, HookEvent hook, ReadOnlyMemory<byte> content) => new()
    {
        Id = id,
        Door = PolicyDoor.Hook,
        Principal = context.Principal(),
        ReceivedAt = at,
        Tool = hook.Tool,
        HookEvent = hook.Name,
        Content = content,
    };

    private DecisionRow Row(HttpContext context, Guid id, DateTimeOffset at, HookEvent hook, HookDecision decision)
    {
        var principal = context.Principal();
        return new DecisionRow
        {
            Id = id,
            DecidedAt = at,
            Tenant = profile.Tenant,
            Door = PolicyDoor.Hook,
            IsTracked = hook.IsTracked,
            ToolUseId = RecordedText.Of(hook.ToolUseId) is { Length: > 0 and <= LongestId } call ? call : null,
            UserId = principal.IsAuthenticated ? principal.Subject : null,
            Tier = principal.Tier,
            TokenId = principal.TokenId.Length == 0 ? null : principal.TokenId,
            SessionId = RecordedText.Of(hook.SessionId),
            Event = RecordedText.Of(hook.Name),
            Tool = RecordedText.Of(hook.Tool),
            Outcome = decision.Outcome,
            Policy = decision.Code,
            Reason = decision.Reason,
            Trace = decision.Trace,
            TraceId = context.TraceId(),
            ClientAddress = context.Connection.RemoteIpAddress?.ToString(),
        };
    }

    [LoggerMessage(2202, LogLevel.Error, "A hook event failed inside the gateway and was refused, trace {TraceId}")]
    private static partial void HookFailed(ILogger logger, string traceId, Exception exception);
}
