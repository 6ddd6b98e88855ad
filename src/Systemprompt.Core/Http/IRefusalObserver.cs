using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http;

/// <summary>Endpoint metadata: told of a refusal by the pipeline (401, 403, 429, 503) before it is written, so that a room can record it.</summary>
internal interface IRefusalObserver
{
    /// <summary>Awaited before the answer is written; may add headers. An exception is logged and changes nothing.</summary>
    ValueTask OnRefusedAsync(HttpContext context, PendingRefusal refusal);
}
