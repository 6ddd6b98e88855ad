using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>One policy, as <c>governance policies list</c> and <c>GET /api/v1/governance/policies</c> show it.</summary>
internal sealed record PolicyLine(string Name, int Order, bool On, string Mode, bool ReadsAnswers, string Extension)
{
    /// <summary>Every policy that an enabled extension brings, in the order of the settings as this process has them.</summary>
    public static IReadOnlyList<PolicyLine> All(IServiceProvider services)
    {
        var settings = services.GetRequiredService<ILive<GovernanceSettings>>().Value;
        var links = services.GetRequiredService<LiveChain>().Current.Links.ToDictionary(link => link.Name, StringComparer.Ordinal);
        return
        [
            .. services.GetRequiredService<ExtensionRegistry>().Enabled
                .SelectMany(extension => extension.Policies.Select(policy => new PolicyLine(
                    policy.Name, settings.Order.GetValueOrDefault(policy.Name, policy.Order), links.ContainsKey(policy.Name), settings.Modes.GetValueOrDefault(policy.Name).ToString().ToLowerInvariant(),
                    links.GetValueOrDefault(policy.Name)?.Policy is IAnswerPolicy, extension.Id)))
                .OrderBy(row => row.Order).ThenBy(row => row.Name, StringComparer.Ordinal),
        ];
    }
}
