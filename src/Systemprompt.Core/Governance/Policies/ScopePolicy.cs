using Systemprompt.Extensions;

namespace Systemprompt.Governance.Policies;

/// <summary>Who may use which tools and models. Rights come from the token alone; what the payload claims never raises them.</summary>
internal sealed class ScopePolicy(ScopePolicySettings settings) : IPolicy
{
    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        foreach (var rule in settings.Rules)
        {
            var what = call.Tool is { } tool && ToolNames.MatchesAny(rule.Tools, tool) ? $"tool {tool}"
                : call.Model is { } model && (ModelPatterns.MatchesAny(rule.Models, model) || IsForAny(rule.Models, call.UpstreamModels)) ? $"model {model}"
                : null;
            if (what is null) continue;
            if (rule.Tiers.Count > 0 && !rule.Tiers.Contains(call.Principal.Tier))
                return new(PolicyVerdict.Deny($"{what} is for tier {string.Join(" or ", rule.Tiers).ToLowerInvariant()}; this token's tier is {call.Principal.Tier.ToString().ToLowerInvariant()}"));
            if (rule.Scope is { } scope && !call.Principal.Scopes.Contains(scope))
                return new(PolicyVerdict.Deny($"{what} needs a token with scope '{scope}'"));
        }

        return new(PolicyVerdict.Pass);
    }

    /// <summary>A route's name for a model opens no more than the model's own.</summary>
    private static bool IsForAny(IReadOnlyList<string> patterns, IReadOnlyList<string> models)
    {
        for (var at = 0; at < models.Count; at++)
            if (ModelPatterns.MatchesAny(patterns, models[at])) return true;
        return false;
    }
}
