using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>The policies in their order, each with its mode. Immutable: a change makes another chain, and a call keeps the one it began with.</summary>
internal sealed class PolicyChain
{
    private PolicyChain(IReadOnlyList<Link> links)
    {
        Links = links;
        ReadsAnswers = links.Any(link => link.Policy is IAnswerPolicy);
    }

    /// <summary>One policy in the chain.</summary>
    internal sealed record Link(string Name, int Order, PolicyMode Mode, IPolicy Policy);

    public IReadOnlyList<Link> Links { get; }

    /// <summary>Whether any of them can have an interest in answers.</summary>
    public bool ReadsAnswers { get; }

    /// <summary>Builds every policy that the settings do not leave out.</summary>
    public static PolicyChain Build(IEnumerable<PolicyRegistration> registrations, IServiceProvider services, GovernanceSettings settings) => new(
    [
        .. from registration in registrations
           let policy = registration.Create(services)
           where policy is not null
           let order = settings.Order.GetValueOrDefault(registration.Name, registration.Order)
           orderby order, registration.Name
           select new Link(registration.Name, order, settings.Modes.GetValueOrDefault(registration.Name), policy),
    ]);
}
