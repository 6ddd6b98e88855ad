using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Governance.Policies;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Governance;

public sealed class ModelRulesTests
{
    private static readonly ModelRule Everybody = new() { Models = ["claude-*"], Effect = ModelEffect.Allow };
    private static readonly ModelRule Research = new() { Models = ["claude-opus-*"], Effect = ModelEffect.Allow, Teams = ["research"] };
    private static readonly ModelRule NotAnalysts = new() { Models = ["*-preview"], Effect = ModelEffect.Deny, Roles = ["analyst"] };
    private static readonly ModelRule NotBob = new() { Models = ["*"], Effect = ModelEffect.Deny, Users = ["bob"] };

    [Fact]
    public void Without_rules_the_default_holds()
    {
        Rules(ModelEffect.Allow).Find("alice", "anything").Allowed.ShouldBeTrue();
        Rules(ModelEffect.Deny).Find("alice", "anything").Allowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("alice", "claude-opus-4-5", true)]
    [InlineData("alice", "claude-opus-preview", false)]
    [InlineData("alice", "gpt-6", false)]
    [InlineData("carol", "claude-opus-4-5", true)]
    [InlineData("carol", "claude-opus-preview", true)]
    [InlineData("bob", "claude-opus-4-5", false)]
    public void A_rule_that_denies_wins_wherever_it_stands(string login, string model, bool allowed)
    {
        foreach (var rules in new ModelRule[][] { [Everybody, NotAnalysts, NotBob], [NotBob, NotAnalysts, Everybody] })
            Rules(ModelEffect.Deny, rules).Find(login, model).Allowed.ShouldBe(allowed);
    }

    [Fact]
    public void A_team_opens_a_model_that_is_closed_to_the_rest()
    {
        var rules = Rules(ModelEffect.Deny, Research);
        rules.Find("alice", "claude-opus-4-5").ShouldBe((true, Research));
        rules.Find("carol", "claude-opus-4-5").Allowed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_route_name_opens_no_model_that_is_closed()
    {
        var policy = new ModelPolicy(Rules(ModelEffect.Allow, NotBob with { Models = ["claude-opus-*"] }));
        (await policy.EvaluateAsync(Call("bob", "fast", "claude-haiku-4-5"), default)).ShouldBe(PolicyVerdict.Pass);
        (await policy.EvaluateAsync(Call("bob", "fast", "claude-haiku-4-5", "claude-opus-4-5"), default)).Outcome.ShouldBe(PolicyOutcome.Deny);
        (await policy.EvaluateAsync(Call("bob", "claude-opus-4-5"), default)).Outcome.ShouldBe(PolicyOutcome.Deny);
    }

    [Theory]
    [InlineData("claude-opus-4-5-20251101")]
    [InlineData("claude-opus-4-5@20251101")]
    [InlineData("Claude-Opus-4-5-latest")]
    [InlineData("claude-opus-4-5[1m]")]
    public async Task What_is_said_of_an_id_is_said_of_its_snapshots_too(string model)
    {
        var rule = new ModelRule { Models = ["claude-opus-4-5"], Effect = ModelEffect.Deny };
        Rules(ModelEffect.Allow, rule).Find("bob", model).Allowed.ShouldBeFalse();
        Rules(ModelEffect.Deny, rule with { Effect = ModelEffect.Allow }).Find("bob", model).Allowed.ShouldBeTrue();
        Rules(ModelEffect.Deny, rule, rule with { Models = ["claude-*"], Effect = ModelEffect.Allow }).Find("bob", model).Allowed.ShouldBeFalse();
        Rules(ModelEffect.Allow, rule with { Models = ["claude-opus-4-5-20251101"] }).Find("bob", "claude-opus-4-5").Allowed.ShouldBeTrue();

        var scope = new ScopePolicy(new ScopePolicySettings { Rules = [new ScopeRule { Models = ["claude-opus-4-5"], Scope = "models:big" }] });
        (await scope.EvaluateAsync(Call("bob", model), default)).Outcome.ShouldBe(PolicyOutcome.Deny);
        (await scope.EvaluateAsync(Call("bob", "fast", model), default)).Outcome.ShouldBe(PolicyOutcome.Deny);
    }

    [Theory]
    [InlineData("claude-opus-4-5-20251101[1m]", false)]
    [InlineData("claude-opus-4-5-20251101[1M]", false)]
    [InlineData("claude-opus-4-5-20251102[1m]", true)]
    [InlineData("claude-opus-4-5[1m]", true)]
    public void What_is_said_of_a_snapshot_is_said_of_it_with_a_context_mark_too(string model, bool allowed)
    {
        foreach (var pattern in new[] { "claude-opus-4-5-20251101", "*-20251101" })
            Rules(ModelEffect.Allow, new ModelRule { Models = [pattern], Effect = ModelEffect.Deny }).Find("bob", model).Allowed.ShouldBe(allowed);
    }

    private static ModelRules Rules(ModelEffect otherwise, params ModelRule[] rules) =>
        new(new Fixed<GovernanceSettings>(new GovernanceSettings { Models = new ModelPolicySettings { Default = otherwise, Rules = rules } }), new Memberships());

    private static PolicyCall Call(string login, string model, params string[] upstream) => new()
    {
        Id = Guid.NewGuid(), Door = PolicyDoor.Model, Principal = new Principal { Subject = login, Tier = Tier.User }, ReceivedAt = DateTimeOffset.UnixEpoch, Model = model, UpstreamModels = upstream,
        Content = "{}"u8.ToArray(),
    };
}
