using Microsoft.AspNetCore.Http;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>The rows of answers under <c>/v1</c> that are no model call: listings, and what the pipeline refuses.</summary>
internal sealed class DoorRecords(IAuditLog audit, Profile profile, TimeProvider clock)
{
    /// <summary>Commits the row and puts its id on the answer as <c>x-audit-id</c>.</summary>
    /// <exception cref="AuditUnavailableException">It could not be committed.</exception>
    public async ValueTask CommitAsync(HttpContext context, PolicyOutcome outcome, string? code = null, string? reason = null, string? model = null, IReadOnlyList<PolicyStep>? trace = null)
    {
        var now = clock.GetUtcNow();
        var principal = context.Principal();
        var row = new DecisionRow
        {
            Id = Guid.CreateVersion7(now),
            DecidedAt = now,
            Tenant = profile.Tenant,
            Door = PolicyDoor.Model,
            UserId = principal.IsAuthenticated ? principal.Subject : null,
            Tier = principal.Tier,
            TokenId = principal.TokenId.Length == 0 ? null : principal.TokenId,
            SessionId = SessionIds.FromHeaders(context.Request.Headers),
            Event = RecordedText.Of($"{context.Request.Method} {context.Request.Path}"),
            Model = RecordedText.Of(model),
            Outcome = outcome,
            Policy = code,
            Reason = reason,
            Trace = trace ?? [],
            TraceId = context.TraceId(),
            ClientAddress = context.Connection.RemoteIpAddress?.ToString(),
        };
        if (row.SessionId is not null) context.Features.Set(new ClientActivity(row.SessionId, IsToolCall: false));
        await audit.CommitAsync(row, context.RequestAborted);
        context.Response.Headers["x-audit-id"] = row.Id.ToString();
    }
}
