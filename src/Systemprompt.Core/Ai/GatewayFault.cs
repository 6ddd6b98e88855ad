using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Ai;

/// <summary>An answer of the gateway's own, in Anthropic's terms.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">Anthropic's error type.</param>
/// <param name="Message">For the person at the client; never quotes the request.</param>
/// <param name="Code">Short stable word for the audit row.</param>
internal sealed record GatewayFault(int Status, string Type, string Message, string Code)
{
    private const int LongestName = 128;

    /// <summary>When asking again can succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>False tells Anthropic's clients not to ask again by themselves (<c>x-should-retry</c>).</summary>
    public bool MayRetry { get; init; } = true;

    public static GatewayFault Invalid(string message) => new(400, "invalid_request_error", message, "invalid_request");

    public static GatewayFault TooLarge(long limit) =>
        new(413, "request_too_large", $"the request body is larger than {new Profiles.ByteSize(limit)} (ai.max_request_body)", "request_too_large");

    public static GatewayFault UnsupportedEncoding() =>
        new(415, "invalid_request_error", "content-encoding must be gzip, deflate, br or identity", "unsupported_encoding");

    public static GatewayFault NoModel() => new(404, "not_found_error", "model: the request names no model", "model_missing");

    public static GatewayFault Nothing(string method, string path) => new(404, "not_found_error", $"there is nothing at {method} {path}", "not_found") { MayRetry = false };

    public static GatewayFault UnknownModel(string model, Provider? provider) => new(
        404,
        "not_found_error",
        provider is null
            ? $"model: {Shorten(model)} is served by no provider of this gateway; GET /v1/models lists what is"
            : $"model: {Shorten(model)} belongs to provider {provider.Name}, which is disabled: {provider.DisabledBecause}",
        provider is null ? "model_unknown" : "provider_disabled");

    /// <summary>
    /// A policy's refusal, in the status that costs Anthropic's clients one request and reads as what it is: 451 for good, 429 for now.
    /// </summary>
    public static GatewayFault Refused(PolicyDecision decision) => decision.Outcome == PolicyOutcome.Limit
        ? new(429, "rate_limit_error", Sentence(decision), "policy_limit") { MayRetry = false, RetryAfter = decision.RetryAfter ?? TimeSpan.FromSeconds(1) }
        : new(451, "permission_error", Sentence(decision), "policy_deny") { MayRetry = false };

    /// <summary>A policy refused the answer. Asking again brings another answer, which is for a person to decide.</summary>
    public static GatewayFault AnswerRefused(PolicyStep refusal) =>
        new(451, "permission_error", $"refused by policy {refusal.Policy}: {refusal.Remark}", "answer_refused") { MayRetry = false };

    /// <summary>
    /// A budget is used up. Without <c>x-should-retry</c> clients of Anthropic's would ask again for minutes; with it they show the sentence after one
    /// request, in status 429, which is what OpenAI's clients know as used up, too.
    /// </summary>
    public static GatewayFault OverBudget(string sentence, TimeSpan? untilReset) => new(429, "rate_limit_error", sentence, "budget_exhausted") { MayRetry = false, RetryAfter = untilReset };

    public static GatewayFault NoPrice(string sentence) => new(451, "permission_error", sentence, "budget_price_unknown") { MayRetry = false };

    public static GatewayFault BudgetsAway(string sentence) => new(503, "api_error", sentence, "budget_unavailable") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static GatewayFault NotSupported(string message) => new(501, "not_supported", message, "not_supported") { MayRetry = false };

    public static GatewayFault Overloaded(string message) => new(529, "overloaded_error", message, "overloaded") { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>The provider's circuit is open.</summary>
    public static GatewayFault LeftAlone(string provider, TimeSpan? wait) =>
        new(503, "overloaded_error", $"provider {provider} failed on most of its last calls and is left alone for a while", "provider_left_alone") { RetryAfter = wait };

    /// <summary>The provider has as many calls as it may have.</summary>
    public static GatewayFault Busy(string provider) =>
        new(529, "overloaded_error", $"provider {provider} has as many calls as it may have at one time (max_concurrent)", "provider_busy") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static GatewayFault AuditAway() =>
        new(503, "api_error", "the audit trail cannot be written, so no model may be called; the database is away or full", "audit_unavailable")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public static GatewayFault Unreachable(string provider) =>
        new(502, "api_error", $"provider {provider} cannot be reached", "provider_unreachable");

    public static GatewayFault Cut(string provider) =>
        new(502, "api_error", $"provider {provider} broke the connection before its answer was complete", "provider_cut");

    public static GatewayFault BadAnswer(string provider, string why) =>
        new(502, "api_error", $"provider {provider} gave an answer that cannot be passed on: {why}", "provider_bad_answer");

    public static GatewayFault TimedOut(string provider, string what) =>
        new(504, "timeout_error", $"provider {provider} did not {what} in time", "provider_timeout");

    public static GatewayFault Truncated(string provider) =>
        new(502, "api_error", $"provider {provider} ended its stream before the message was complete", "truncated");

    /// <summary>The call cannot be put into the words of the model's provider.</summary>
    public static GatewayFault NotConverted(string provider, string why) =>
        new(400, "invalid_request_error", $"{why} (provider {provider} speaks another protocol)", "not_converted") { MayRetry = false };

    /// <summary>A provider's error, for a client that speaks another protocol. A refusal of our key is ours to mend, and must not read as one of the client's.</summary>
    public static GatewayFault OfProvider(string provider, int status, string message, TimeSpan? retryAfter)
    {
        var text = $"provider {provider}: {message}";
        return status switch
        {
            401 or 403 => new(502, "api_error", $"provider {provider} refuses the gateway's key (status {status})", "provider_refuses_key") { MayRetry = false },
            404 => new(404, "not_found_error", text, "provider_not_found") { MayRetry = false },
            413 => new(413, "request_too_large", text, "provider_too_large") { MayRetry = false },
            429 => new(429, "rate_limit_error", text, "provider_rate_limit") { RetryAfter = retryAfter },
            >= 400 and < 500 and not 408 => new(400, "invalid_request_error", text, "provider_invalid_request") { MayRetry = false },
            503 or 529 => new(529, "overloaded_error", text, "provider_overloaded") { RetryAfter = retryAfter },
            _ => new(502, "api_error", text, "provider_error") { RetryAfter = retryAfter },
        };
    }

    /// <summary>A chat client of an extension threw. What it said is for the log alone.</summary>
    public static GatewayFault ClientFailed(string provider) =>
        new(502, "api_error", $"provider {provider} failed; the gateway's log has the reason under this request id", "provider_failed");

    public static GatewayFault Stopping() =>
        new(503, "api_error", "the gateway is shutting down; ask again", "interrupted") { RetryAfter = TimeSpan.FromSeconds(2) };

    public static GatewayFault Internal() => new(500, "api_error", "the gateway failed; its log has the reason under this request id", "internal");

    private static string Sentence(PolicyDecision decision) => $"refused by policy {decision.Policy}: {decision.Reason}";

    private static string Shorten(string model)
    {
        var clean = RecordedText.Of(model)!;
        if (clean.Length <= LongestName) return clean;
        return string.Concat(clean.AsSpan(0, char.IsHighSurrogate(clean[LongestName - 1]) ? LongestName - 1 : LongestName), "…");
    }
}
