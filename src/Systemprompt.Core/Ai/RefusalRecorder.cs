using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Http;

namespace Systemprompt.Ai;

/// <summary>Records what the pipeline refuses under <c>/v1</c>: no token, a bad one, the wrong tier, too many calls.</summary>
internal sealed class RefusalRecorder : IRefusalObserver
{
    public async ValueTask OnRefusedAsync(HttpContext context, PendingRefusal refusal)
    {
        // A server that is starting or stopping has no audit trail to write to.
        if (refusal.Status == StatusCodes.Status503ServiceUnavailable) return;
        var outcome = refusal.Status == StatusCodes.Status429TooManyRequests ? PolicyOutcome.Limit : PolicyOutcome.Deny;
        await context.RequestServices.GetRequiredService<DoorRecords>().CommitAsync(context, outcome, refusal.Code, refusal.Reason);
    }
}
