using Systemprompt.Governance.Policies;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Governance;

/// <summary>
/// Who may use which models: of all rules about a caller and a model one that denies wins, then one that allows, else what the settings say of the rest.
/// From memory, as of the last change of a rule, a team or a role on any replica.
/// </summary>
internal sealed class ModelRules(ILive<GovernanceSettings> settings, IMemberships memberships) : IModelPermissions
{
    public bool MayUse(Principal principal, string model) => Find(principal.Subject, model).Allowed;

    /// <summary>What decides for a login and a model.</summary>
    public (bool Allowed, ModelRule? Rule) Find(string login, string model)
    {
        var current = settings.Value.Models;
        if (!current.Enabled) return (true, null);
        ModelRule? allowing = null;
        foreach (var rule in current.Rules)
        {
            if (!ModelPatterns.MatchesAny(rule.Models, model) || !IsAbout(rule, login)) continue;
            if (rule.Effect == ModelEffect.Deny) return (false, rule);
            allowing ??= rule;
        }

        return (allowing is not null || current.Default == ModelEffect.Allow, allowing);
    }

    /// <summary>A rule that names nobody is about everybody.</summary>
    private bool IsAbout(ModelRule rule, string login) =>
        (rule.Users.Count == 0 && rule.Teams.Count == 0 && rule.Roles.Count == 0)
        || rule.Users.Contains(login)
        || (rule.Teams.Count > 0 && Share(rule.Teams, memberships.TeamsOf(login)))
        || (rule.Roles.Count > 0 && Share(rule.Roles, memberships.RolesOf(login)));

    private static bool Share(IReadOnlyList<string> some, IReadOnlyList<string> others)
    {
        for (var at = 0; at < some.Count; at++)
            if (others.Contains(some[at])) return true;
        return false;
    }
}
