using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Governance;

public sealed class LiveChainTests
{
    [Fact]
    public void A_policy_is_made_anew_by_a_change_of_governance_alone()
    {
        var live = new LiveProfile(new Profile(ProfileLoader.Parse("test", "test/profile.yaml", "tenant: acme\n", [.. new GovernanceExtension().Settings, SettingsSection.Of<Elsewhere>("elsewhere").Live("number")], _ => null)));
        var made = 0;
        using var services = new ServiceCollection().BuildServiceProvider();
        using var chain = new LiveChain([new PolicyRegistration("counting", 1, _ => new Numbered(++made))], services, new Live<GovernanceSettings>(live));
        made.ShouldBe(1);

        live.Replace([new("elsewhere.number", "1")]).ShouldBeEmpty();
        made.ShouldBe(1);
        live.Replace([new("elsewhere.number", "1"), new("governance.rate.burst", "3")]).ShouldBeEmpty();
        made.ShouldBe(2);
        // The section is bound anew here, to what it was.
        live.Replace([new("elsewhere.number", "2"), new("governance.rate.burst", "3")]).ShouldBeEmpty();
        made.ShouldBe(2);
        live.Replace([]).ShouldBeEmpty();
        made.ShouldBe(3);
        chain.Current.Links.ShouldHaveSingleItem().Policy.ShouldBeOfType<Numbered>().Number.ShouldBe(3);
    }

    [Fact]
    public void Two_policies_of_one_name_are_refused_with_the_extensions_that_bring_them()
    {
        var registry = ExtensionRegistry.Create([new Harbour(), new Rival()]);
        using var services = new ServiceCollection().AddSingleton(registry).BuildServiceProvider();

        Should.Throw<ExtensionException>(() =>
            {
                using var chain = new LiveChain(registry.Enabled.SelectMany(extension => extension.Policies), services, new Fixed<GovernanceSettings>(new GovernanceSettings()));
            })
            .Message.ShouldBe("extension 'rival': policy 'tides' has the name of one that extension 'harbour' brings; rename one");
    }

    private sealed record Elsewhere
    {
        public int Number { get; init; }
    }

    private sealed class Numbered(int number) : IPolicy
    {
        public int Number => number;

        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(PolicyVerdict.Pass);
    }

    [Extension("harbour")]
    private sealed class Harbour : Extension
    {
        public override IReadOnlyList<PolicyRegistration> Policies => [new("tides", 1, static _ => new Numbered(1))];
    }

    [Extension("rival")]
    private sealed class Rival : Extension
    {
        public override IReadOnlyList<PolicyRegistration> Policies => [new("tides", 2, static _ => new Numbered(2))];
    }
}
