using Systemprompt.Extensions;
using Systemprompt.Governance.Policies;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Governance.Replay;

/// <summary>
/// Judges recorded calls again under other settings, with the policies themselves: models, scopes, blocked tools and rates, each at the time of its call.
/// Prompts and inputs are not recorded, so credentials and inputs are not judged again: a verdict of those policies stands. Scopes of tokens are not
/// recorded either; a rule that demands one is taken as met.
/// </summary>
internal sealed class PolicyReplay
{
    // More groups than anybody reads; what comes after is counted in the sums.
    private const int MostGroups = 10_000;

    private readonly ReplayClock _clock = new();
    private readonly (string Name, IPolicy Policy)[] _policies;
    private readonly HashSet<string> _judged;
    private readonly Dictionary<(string, string?, string?, string?, string?), ReplayGroup> _groups = [];

    public PolicyReplay(GovernanceSettings settings, Profile profile, IMemberships memberships)
    {
        var rules = new ModelRules(new Fixed<GovernanceSettings>(settings), memberships);
        (string Name, int Order, IPolicy? Policy)[] all =
        [
            ("models", 50, settings.Models is { Enabled: true } ? new ModelPolicy(rules) : null),
            ("scope", 100, settings.Scope.Enabled ? new ScopePolicy(settings.Scope) : null),
            ("blocklist", 300, settings.Blocklist.Enabled ? new BlocklistPolicy(settings.Blocklist) : null),
            ("rate", 400, new RateLimits(profile, _clock).Policy(settings.Rate)),
        ];
        _policies =
        [
            .. all.Where(policy => policy.Policy is not null && settings.Modes.GetValueOrDefault(policy.Name) == PolicyMode.Enforce)
                .OrderBy(policy => settings.Order.GetValueOrDefault(policy.Name, policy.Order)).Select(policy => (policy.Name, policy.Policy!)),
        ];
        _judged = [.. all.Select(policy => policy.Name)];
    }

    /// <summary>How many calls were judged again.</summary>
    public long Calls { get; private set; }

    /// <summary>How many that passed would be refused.</summary>
    public long Refused { get; private set; }

    /// <summary>How many that were refused would pass.</summary>
    public long Passed { get; private set; }

    /// <summary>How many were refused by a policy that looks at what is not recorded, and stay so.</summary>
    public long NotJudged { get; private set; }

    /// <summary>What would change, the most frequent first.</summary>
    public IReadOnlyList<ReplayGroup> Groups => [.. _groups.Values.OrderByDescending(group => group.Calls).ThenBy(group => group.First)];

    public async ValueTask JudgeAsync(DecisionLine line, CancellationToken cancellationToken)
    {
        Calls++;
        _clock.Now = new DateTimeOffset(line.At, TimeSpan.Zero);
        var (policy, reason) = await RefusalAsync(line, cancellationToken);
        var passed = line.Verdict == "allow";
        if (!passed && line.Policy is { } before && !_judged.Contains(before)) NotJudged++;
        else if (passed && policy is not null)
        {
            Refused++;
            Count("refused", policy, reason, line);
        }
        else if (!passed && policy is null)
        {
            Passed++;
            Count("passes", line.Policy, null, line);
        }
    }

    private async ValueTask<(string? Policy, string? Reason)> RefusalAsync(DecisionLine line, CancellationToken cancellationToken)
    {
        var call = new PolicyCall
        {
            Id = line.Id, Door = line.Door == "hook" ? PolicyDoor.Hook : PolicyDoor.Model, ReceivedAt = _clock.Now, Model = line.Model, Tool = line.Tool, Content = "{}"u8.ToArray(),
            Principal = new Principal { Subject = line.User ?? "anonymous", Tier = TokenClaims.Parse(line.Tier) ?? Tier.Anonymous, Scopes = AnyScope.Instance },
        };
        foreach (var (name, policy) in _policies)
            if (await policy.EvaluateAsync(call, cancellationToken) is { Outcome: PolicyOutcome.Deny or PolicyOutcome.Limit } verdict)
                return (name, verdict.Reason);
        return (null, null);
    }

    private void Count(string change, string? policy, string? reason, DecisionLine line)
    {
        var key = (change, policy, line.User, line.Tool, line.Model);
        if (_groups.TryGetValue(key, out var group)) group.Calls++;
        else if (_groups.Count < MostGroups) _groups.Add(key, new ReplayGroup { Change = change, Policy = policy, Reason = reason, User = line.User, Tool = line.Tool, Model = line.Model, First = line.At, Example = line.Id, Calls = 1 });
    }

    private sealed class ReplayClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.UtcTicks;
    }
}

/// <summary>Calls whose verdict would change in the same way.</summary>
internal sealed record ReplayGroup
{
    /// <summary><c>refused</c> or <c>passes</c>.</summary>
    public required string Change { get; init; }

    /// <summary>That would refuse, or that refused.</summary>
    public required string? Policy { get; init; }

    public required string? User { get; init; }

    public required string? Tool { get; init; }

    public required string? Model { get; init; }

    public required string? Reason { get; init; }

    public required DateTime First { get; init; }

    /// <summary>The first one's id.</summary>
    public required Guid Example { get; init; }

    public required long Calls { get; set; }
}
