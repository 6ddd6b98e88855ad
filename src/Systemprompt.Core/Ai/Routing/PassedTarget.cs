namespace Systemprompt.Ai;

/// <summary>A target that a call has passed, and what there is to tell of it when none of those that follow can be asked.</summary>
/// <param name="Place">Its place in the plan.</param>
/// <param name="Fault">What was wrong.</param>
/// <param name="UpstreamStatus">What its provider answered; null when it answered nothing.</param>
/// <param name="UpstreamRequestId">The provider's name for that answer.</param>
internal sealed record PassedTarget(int Place, GatewayFault Fault, int? UpstreamStatus, string? UpstreamRequestId)
{
    /// <summary>
    /// Which of two is to be told: the first, and a provider's own trouble before want of a place. A call that cannot be converted never is: beside a provider that
    /// would have taken it at another time, "never" is wrong.
    /// </summary>
    public static PassedTarget? Choose(PassedTarget? kept, PassedTarget passed) => passed.Fault.Code switch
    {
        "not_converted" => kept,
        "provider_busy" => kept ?? passed,
        _ => kept is null or { Fault.Code: "provider_busy" } ? passed : kept,
    };
}
