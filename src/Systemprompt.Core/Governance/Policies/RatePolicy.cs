using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Http.Limits;

namespace Systemprompt.Governance.Policies;

/// <summary>
/// How many calls one identity may make: counted by the token's subject, never by a session, which a client chooses itself. Model calls and hook
/// decisions count apart, since a client that asks for every tool must not use up its own calls.
/// </summary>
internal sealed class RatePolicy(RateSettings rate, int maxKeys, TimeProvider clock) : IPolicy
{
    private readonly KeyedLimiter _models = new(rate, maxKeys, clock), _hooks = new(rate, maxKeys, clock);

    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        var limiter = call.Door == PolicyDoor.Hook ? _hooks : _models;
        return new(limiter.TryAcquire(call.Principal.Subject, out var wait)
            ? PolicyVerdict.Pass
            : PolicyVerdict.Limit("too many calls for this identity; slow down", wait));
    }
}
