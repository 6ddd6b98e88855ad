using Systemprompt.Extensions;
using Systemprompt.Governance.Policies;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Governance.Replay;

/// <summary>
/// Judges recorded calls again under other settings, with the policies themselves: models, scopes, blocked tools and rates, each at the time of its call. Of a model
/// call the tools that its conversation says ran are judged by their names, as the blocklist does.
/// Not recorded are prompts and inputs, the scopes of tokens (a rule that demands one is taken as met), and what a route's name stood for. A refusal that
/// may have hung on any of them is not judged: one of a policy that looks at nothing else, and one that the settings as they are now do not give again.
/// </summary>
internal sealed class PolicyReplay
{
    // More groups than anybody reads; what comes after is counted in the sums.
    private const int MostGroups = 10_000;

    private readonly ReplayClock _clock = new();
    private readonly Link[] _policies, _before;
    private readonly int _scan;
    private readonly Dictionary<(string, string?, string?, string?, string?), ReplayGroup> _groups = [];

    /// <param name="current">The settings as they are now: what a refusal is held against.</param>
    /// <param name="changed">The settings to judge by.</param>
    /// <param name="profile">Has the scale of rates.</param>
    /// <param name="memberships">Teams and roles.</param>
    public PolicyReplay(GovernanceSettings current, GovernanceSettings changed, Profile profile, IMemberships memberships)
    {
        _policies = [.. Chain(changed, profile, memberships).Where(link => link.Enforced)];
        // One that only observes now may have refused then.
        _before = Chain(current, profile, memberships);
        _scan = current.Order.GetValueOrDefault("secret_scan", 200);
    }

    /// <summary>How many calls were judged again.</summary>
    public long Calls { get; private set; }

    /// <summary>How many that passed would be refused.</summary>
    public long Refused { get; private set; }

    /// <summary>How many that were refused would pass.</summary>
    public long Passed { get; private set; }

    /// <summary>How many were refused for what is not recorded, or by settings that are others by now.</summary>
    public long NotJudged { get; private set; }

    /// <summary>What would change, the most frequent first.</summary>
    public IReadOnlyList<ReplayGroup> Groups => [.. _groups.Values.OrderByDescending(group => group.Calls).ThenBy(group => group.First)];

    public async ValueTask JudgeAsync(DecisionLine line, CancellationToken cancellationToken)
    {
        Calls++;
        _clock.Now = new DateTimeOffset(line.At, TimeSpan.Zero);
        var (call, ran) = (Call(line), line.ToolNames);
        var passed = line.Verdict == "allow";
        // Both, whatever comes of one: rates count on.
        var again = await RefusedAgainAsync(call, ran, passed ? null : line.Policy, cancellationToken);
        var refusal = await RefusalAsync(call, ran, cancellationToken);
        if (passed)
        {
            if (refusal is null) return;
            Refused++;
            Count("refused", refusal, line);
        }
        else if (!IsJudged(line.Policy) || (refusal is null && again is null)) NotJudged++;
        else if (refusal is null)
        {
            Passed++;
            Count("passes", again! with { Reason = null }, line);
        }
    }

    private static bool IsJudged(string? policy) => policy is "models" or "scope" or "blocklist" or "rate";

    private PolicyCall Call(DecisionLine line) => new()
    {
        Id = line.Id, Door = line.Door == "hook" ? PolicyDoor.Hook : PolicyDoor.Model, ReceivedAt = _clock.Now, Model = line.Model, Tool = line.Tool, Content = "{}"u8.ToArray(),
        Principal = new Principal { Subject = line.User ?? "anonymous", Tier = TokenClaims.Parse(line.Tier) ?? Tier.Anonymous, Scopes = AnyScope.Instance },
    };

    private Link[] Chain(GovernanceSettings settings, Profile profile, IMemberships memberships)
    {
        (string Name, int Order, IPolicy? Policy)[] all =
        [
            ("models", 50, settings.Models.Enabled ? new ModelPolicy(new ModelRules(new Fixed<GovernanceSettings>(settings), memberships)) : null),
            ("scope", 100, settings.Scope.Enabled ? new ScopePolicy(settings.Scope) : null),
            ("blocklist", 300, settings.Blocklist.Enabled ? new BlocklistPolicy(settings.Blocklist) : null),
            ("rate", 400, new RateLimits(profile, _clock).Policy(settings.Rate)),
        ];
        return
        [
            .. all.Where(policy => policy.Policy is not null)
                .Select(policy => new Link(policy.Name, policy.Policy!, settings.Modes.GetValueOrDefault(policy.Name) == PolicyMode.Enforce, settings.Order.GetValueOrDefault(policy.Name, policy.Order)))
                .OrderBy(link => link.Order),
        ];
    }

    /// <summary>How the policy that refused, as it is set now, refuses what is recorded of the call; null when it does not. Goes as far as the call went then, so that rates count what they counted.</summary>
    private async ValueTask<Refusal?> RefusedAgainAsync(PolicyCall call, IReadOnlyList<string> ran, string? refusedBy, CancellationToken cancellationToken)
    {
        foreach (var (name, policy, _, order) in _before)
        {
            // What it refused came no further.
            if (refusedBy == "secret_scan" && order > _scan) break;
            if (name != refusedBy && policy is not RatePolicy) continue;
            var refusal = await JudgedAsync(name, policy, call, ran, cancellationToken);
            if (name == refusedBy) return refusal;
        }

        return null;
    }

    private async ValueTask<Refusal?> RefusalAsync(PolicyCall call, IReadOnlyList<string> ran, CancellationToken cancellationToken)
    {
        foreach (var (name, policy, _, _) in _policies)
            if (await JudgedAsync(name, policy, call, ran, cancellationToken) is { } refusal)
                return refusal;
        return null;
    }

    private static async ValueTask<Refusal?> JudgedAsync(string name, IPolicy policy, PolicyCall call, IReadOnlyList<string> ran, CancellationToken cancellationToken)
    {
        if (await policy.EvaluateAsync(call, cancellationToken) is { Outcome: PolicyOutcome.Deny or PolicyOutcome.Limit } verdict) return new Refusal(name, verdict.Reason, call.Tool);
        if (policy is not BlocklistPolicy blocklist) return null;
        foreach (var tool in ran)
            if (blocklist.JudgeName(tool, call.Principal) is { Outcome: PolicyOutcome.Deny } denied)
                return new Refusal(name, denied.Reason, tool);
        return null;
    }

    private void Count(string change, Refusal refusal, DecisionLine line)
    {
        var key = (change, refusal.Policy, line.User, refusal.Tool, line.Model);
        if (_groups.TryGetValue(key, out var group)) group.Calls++;
        else if (_groups.Count < MostGroups)
            _groups.Add(key, new ReplayGroup { Change = change, Policy = refusal.Policy, Reason = refusal.Reason, User = line.User, Tool = refusal.Tool, Model = line.Model, First = line.At, Example = line.Id, Calls = 1 });
    }

    private readonly record struct Link(string Name, IPolicy Policy, bool Enforced, int Order);

    /// <summary>Who refuses, and the tool that the call is about or that it is refused for.</summary>
    private sealed record Refusal(string Policy, string? Reason, string? Tool);

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
