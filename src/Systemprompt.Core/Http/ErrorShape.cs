namespace Systemprompt.Http;

/// <summary>How refusals and faults on a route are written. Put on a route as metadata; without it, problem details.</summary>
public enum ErrorShape
{
    /// <summary>RFC 9457 problem details, <c>application/problem+json</c>.</summary>
    Problem,

    /// <summary>Anthropic's <c>{"type":"error","error":{"type","message"},"request_id"}</c>.</summary>
    Anthropic,

    /// <summary>OpenAI's <c>{"error":{"message","type","param","code"}}</c>.</summary>
    OpenAi,

    /// <summary>
    /// The route writes its own refusals: the kernel must let it run also for a caller it would have refused, with the refusal in
    /// <see cref="PendingRefusal"/>. For the hook door, whose client runs the tool on any non-2xx answer.
    /// </summary>
    Own,
}
