using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Http.Limits;
using Systemprompt.Profiles;

namespace Systemprompt.Governance.Policies;

/// <summary>
/// How many calls one identity may make: counted by the token's subject, never by a session, which a client chooses itself. Model calls and hook
/// decisions count apart, since a client that asks for every tool must not use up its own calls.
/// </summary>
internal sealed class RatePolicy(RateSettings rate, int maxKeys, TimeProvider clock) : IPolicy
{
    private readonly KeyedLimiter _models = new(rate, maxKeys, clock), _hooks = new(rate, maxKeys, clock);

    /// <summary>The policy as the profile has it, or null where it is left out.</summary>
    public static RatePolicy? Create(Profile profile, TimeProvider clock)
    {
        var settings = profile.Section<GovernanceSettings>().Rate;
        if (!settings.Enabled) return null;
        var limits = profile.Section<RateLimitSettings>();
        return new RatePolicy(limits.Scaled(new RateSettings { PerSecond = settings.PerMinute / 60.0, Burst = settings.Burst }), limits.MaxKeys, clock);
    }

    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        var limiter = call.Door == PolicyDoor.Hook ? _hooks : _models;
        return new(limiter.TryAcquire(call.Principal.Subject, out var wait)
            ? PolicyVerdict.Pass
            : PolicyVerdict.Limit("too many calls for this identity; slow down", wait));
    }
}
