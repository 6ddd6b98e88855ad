using Systemprompt.Extensions;

namespace Systemprompt.Governance.Policies;

/// <summary>Refuses models that the caller may not use: the one it names, and those that a route would ask in its place.</summary>
internal sealed class ModelPolicy(ModelRules rules) : IPolicy
{
    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        if (call.Model is not { } model) return new(PolicyVerdict.Pass);
        if (!rules.MayUse(call.Principal, model)) return new(PolicyVerdict.Deny("this model is not open to you; GET /v1/models lists those that are"));
        foreach (var target in call.UpstreamModels)
            if (!rules.MayUse(call.Principal, target)) return new(PolicyVerdict.Deny("this name stands for a model that is not open to you; GET /v1/models lists those that are"));
        return new(PolicyVerdict.Pass);
    }
}
