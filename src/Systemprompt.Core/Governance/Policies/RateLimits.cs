using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Governance.Policies;

/// <summary>Keeps the policy and what it has counted while the chain is built anew for something else.</summary>
internal sealed class RateLimits(Profile profile, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private (int PerMinute, int Burst) _kept;
    private RatePolicy? _policy;

    /// <summary>The policy as the settings have it, or null where it is left out.</summary>
    public RatePolicy? Policy(RatePolicySettings settings)
    {
        if (!settings.Enabled) return null;
        lock (_lock)
        {
            if (_policy is not null && _kept == (settings.PerMinute, settings.Burst)) return _policy;
            var limits = profile.Section<RateLimitSettings>();
            _kept = (settings.PerMinute, settings.Burst);
            return _policy = new RatePolicy(limits.Scaled(new RateSettings { PerSecond = settings.PerMinute / 60.0, Burst = settings.Burst }), limits.MaxKeys, clock);
        }
    }
}
