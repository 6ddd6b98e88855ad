using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Profiles;
using Systemprompt.Users;

namespace Systemprompt.Governance;

/// <summary>Says whether a user may use a model, and by which rule, for <c>governance models test</c> and <c>GET /api/v1/governance/models/test</c>.</summary>
internal static class ModelTest
{
    /// <summary>By the settings, teams and roles as this process has them.</summary>
    public static ModelAnswer Ask(IServiceProvider services, string login, string model)
    {
        var (rules, members) = (services.GetRequiredService<ModelRules>(), services.GetRequiredService<IMemberships>());
        var (allowed, rule) = rules.Find(login, model);
        var closed = allowed ? null : model;
        // A route's name opens no model that is closed. Null where no part knows of routes.
        if (allowed && services.GetService<IModelStandIns>() is { } standIns)
            foreach (var other in standIns.Of(model))
            {
                var found = rules.Find(login, other);
                if (found.Allowed) continue;
                (rule, closed) = (found.Rule, other);
                break;
            }

        var by = rule is null ? "governance.models.default" : $"{rule.Effect.ToString().ToLowerInvariant()} {string.Join(" ", rule.Models)}";
        if (closed is not null && closed != model) by += $" (of {closed}, which this name stands for)";
        var observed = closed is not null && services.GetRequiredService<ILive<GovernanceSettings>>().Value.Modes.GetValueOrDefault("models") == PolicyMode.Observe;
        if (observed) by += ", which is only observed (governance.modes)";
        return new ModelAnswer(login, model, closed is null || observed, by, members.TeamsOf(login), members.RolesOf(login));
    }
}

/// <summary>What <see cref="ModelTest"/> says.</summary>
internal sealed record ModelAnswer(string User, string Model, bool Allowed, string By, IReadOnlyList<string> Teams, IReadOnlyList<string> Roles);

/// <summary>What routes make of a model's name. Given by the part that has routes.</summary>
internal interface IModelStandIns
{
    /// <summary>Reads what decides which providers take calls, for a command: a server follows it by itself.</summary>
    Task ReadAsync(CancellationToken cancellationToken);

    /// <summary>The models that a provider would be asked for in its place, whoever chooses among them.</summary>
    IReadOnlyList<string> Of(string model);
}
