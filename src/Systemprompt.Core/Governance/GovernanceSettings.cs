using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Extensions;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Governance;

/// <summary>The profile section <c>governance</c>: the policy chain and its parameters.</summary>
public sealed record GovernanceSettings
{
    /// <summary>Which models users, teams and roles may use.</summary>
    [Description("Which models users, teams and roles may use.")]
    public ModelPolicySettings Models { get; init; } = new();

    /// <summary>Who may use which tools and models.</summary>
    [Description("Who may use which tools and models.")]
    public ScopePolicySettings Scope { get; init; } = new();

    /// <summary>Refuses credentials in prompts and tool inputs.</summary>
    [Description("Refuses credentials in prompts, tool inputs and tool results.")]
    public SecretScanSettings SecretScan { get; init; } = new();

    /// <summary>Refuses tools by name and by input.</summary>
    [Description("Refuses tools by name and by input.")]
    public BlocklistSettings Blocklist { get; init; } = new();

    /// <summary>How many calls one identity may make.</summary>
    [Description("How many calls one identity may make, whatever its sessions.")]
    public RatePolicySettings Rate { get; init; } = new();

    /// <summary>Policies that do not enforce.</summary>
    [Description("What a policy's refusal does, by the policy's name: enforce refuses; observe keeps in the trace what would have been refused, and goes on.")]
    public IReadOnlyDictionary<string, PolicyMode> Modes { get; init; } = new Dictionary<string, PolicyMode>();

    /// <summary>Policies that stand elsewhere in the chain.</summary>
    [Description("Where a policy stands in the chain, by the policy's name; lower goes first. Without one it stands where its extension puts it.")]
    public IReadOnlyDictionary<string, int> Order { get; init; } = new Dictionary<string, int>();

    /// <summary>The longest hook event that is read; a longer one is refused.</summary>
    [Description("The longest hook event that is read. A longer one is refused, since what is not read cannot be checked.")]
    public ByteSize HookMaxBody { get; init; } = ByteSize.Megabytes(8);

    /// <summary>All hook events held in memory at one time.</summary>
    [Description("All hook events held in memory at one time. Beyond it an event is refused for a moment.")]
    public ByteSize HookMaxBodyMemory { get; init; } = ByteSize.Megabytes(128);

    internal static void Validate(GovernanceSettings settings, SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        string[] policies = [.. extensions.SelectMany(extension => extension.Policies).Select(policy => policy.Name)];
        foreach (var (key, names) in new[] { ("modes", settings.Modes.Keys), ("order", settings.Order.Keys) })
            foreach (var name in names.Where(name => !policies.Contains(name)))
                faults.Add(key, Suggestion.Nearest(name, policies) is { } near ? $"there is no policy '{name}', did you mean '{near}'?" : $"there is no policy '{name}'; there is {string.Join(", ", policies)}");
        if (settings.HookMaxBody.Bytes is < 1024 or > 256L << 20) faults.Add("hook_max_body", "must lie between 1KB and 256MB");
        if (settings.HookMaxBodyMemory.Bytes < settings.HookMaxBody.Bytes) faults.Add("hook_max_body_memory", "must not be less than hook_max_body");
        for (var index = 0; index < settings.Scope.Rules.Count; index++)
        {
            var rule = settings.Scope.Rules[index];
            if (rule.Tools.Count == 0 && rule.Models.Count == 0) faults.Add($"scope.rules[{index}]", "names neither tools nor models, so it would never apply; add one of them");
            if (rule.Tiers.Count == 0 && rule.Scope is null) faults.Add($"scope.rules[{index}]", "demands neither tiers nor a scope, so it would refuse nothing; add one of them");
        }

        for (var index = 0; index < settings.Models.Rules.Count; index++)
            if (settings.Models.Rules[index].Models.Count == 0) faults.Add($"models.rules[{index}]", "names no models, so it would never apply; add models, such as claude-opus-*");
        foreach (var id in settings.SecretScan.Disabled)
            if (!Secrets.SecretRules.All.Any(rule => rule.Id == id))
                faults.Add("secret_scan.disabled", Suggestion.Nearest(id, [.. Secrets.SecretRules.All.Select(rule => rule.Id)]) is { } near ? $"there is no rule '{id}', did you mean '{near}'?" : $"there is no rule '{id}'");
        for (var index = 0; index < settings.Blocklist.Inputs.Count; index++)
        {
            try
            {
                Policies.BlocklistPolicy.Compile(settings.Blocklist.Inputs[index]);
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                faults.Add($"blocklist.inputs[{index}]", $"is no regular expression that can be matched in linear time: {exception.Message.TrimEnd('.')}");
            }
        }
    }
}

/// <summary>Parameters of policy <c>models</c>.</summary>
public sealed record ModelPolicySettings
{
    /// <summary>Off leaves the policy out of the chain.</summary>
    [Description("false leaves the policy out of the chain.")]
    public bool Enabled { get; init; } = true;

    /// <summary>What holds where no rule applies.</summary>
    [Description("What holds for a caller and a model that no rule is about.")]
    public ModelEffect Default { get; init; }

    /// <summary>The rules.</summary>
    [Description("Rules. Of those about a caller and a model, one that denies wins, then one that allows.")]
    public IReadOnlyList<ModelRule> Rules { get; init; } = [];

    /// <summary>True when every model is open to everybody.</summary>
    internal bool SaysNothing => Rules.Count == 0 && Default == ModelEffect.Allow;
}

/// <summary>One rule of policy <c>models</c>: about everybody, or about those it names.</summary>
public sealed record ModelRule
{
    /// <summary>Model ids it is about.</summary>
    [Required]
    [Description("Model ids the rule is about; * stands for anything.")]
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>What it says.</summary>
    [Required]
    [Description("allow or deny.")]
    public ModelEffect Effect { get; init; }

    /// <summary>Logins.</summary>
    [Description("Users it is about, by login. A rule without users, teams and roles is about everybody.")]
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>Teams.</summary>
    [Description("Teams it is about.")]
    public IReadOnlyList<string> Teams { get; init; } = [];

    /// <summary>Roles.</summary>
    [Description("Roles it is about.")]
    public IReadOnlyList<string> Roles { get; init; } = [];
}

/// <summary>What a rule of policy <c>models</c> says.</summary>
public enum ModelEffect
{
    /// <summary>May use.</summary>
    Allow,

    /// <summary>May not use.</summary>
    Deny,
}

/// <summary>Parameters of policy <c>scope</c>.</summary>
public sealed record ScopePolicySettings
{
    /// <summary>Off leaves the policy out of the chain.</summary>
    [Description("false leaves the policy out of the chain.")]
    public bool Enabled { get; init; } = true;

    /// <summary>The rules. A call must satisfy every rule whose pattern it meets.</summary>
    [Description("Rules. A call must satisfy every rule whose pattern it meets; a call that meets none passes.")]
    public IReadOnlyList<ScopeRule> Rules { get; init; } = [new() { Tools = ["mcp__systemprompt__*", "mcp__plugin_*_systemprompt__*"], Tiers = [Tier.Admin] }];
}

/// <summary>One rule of policy <c>scope</c>.</summary>
public sealed record ScopeRule
{
    /// <summary>Tool names it is about.</summary>
    [Description("Tool names the rule is about; * stands for anything.")]
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Model ids it is about.</summary>
    [Description("Model ids the rule is about; * stands for anything.")]
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Tiers admitted; empty admits all.</summary>
    [Description("Tiers admitted; empty admits every tier.")]
    public IReadOnlyList<Tier> Tiers { get; init; } = [];

    /// <summary>A scope that the token must carry.</summary>
    [Description("A scope that the token must carry.")]
    public string? Scope { get; init; }
}

/// <summary>Parameters of policy <c>secret_scan</c>.</summary>
public sealed record SecretScanSettings
{
    /// <summary>Off leaves the policy out of the chain.</summary>
    [Description("false leaves the policy out of the chain.")]
    public bool Enabled { get; init; } = true;

    /// <summary>What is done with a request that carries a credential.</summary>
    [Description("What is done with a request that carries a credential: refuse; redact puts [redacted:RULE] in its place and goes on (a hook event, which cannot be changed, is refused); warn only keeps it in the trace.")]
    public SecretAction Action { get; init; }

    /// <summary>What is done with an answer that carries a credential.</summary>
    [Description("What is done with an answer that carries a credential: refuse ends it there; warn keeps it with the call's row; ignore does not look.")]
    public SecretAnswerAction Answers { get; init; }

    /// <summary>Rules to leave out.</summary>
    [Description("Ids of rules to leave out, such as json_web_token.")]
    public IReadOnlyList<string> Disabled { get; init; } = [];
}

/// <summary>What policy <c>secret_scan</c> does with a request.</summary>
public enum SecretAction
{
    /// <summary>Refuses it.</summary>
    Refuse,

    /// <summary>Takes the credential out and lets it go on.</summary>
    Redact,

    /// <summary>Lets it pass and keeps a remark.</summary>
    Warn,
}

/// <summary>What policy <c>secret_scan</c> does with an answer.</summary>
public enum SecretAnswerAction
{
    /// <summary>Ends it there.</summary>
    Refuse,

    /// <summary>Lets it pass and keeps a remark.</summary>
    Warn,

    /// <summary>Does not look.</summary>
    Ignore,
}

/// <summary>Parameters of policy <c>blocklist</c>.</summary>
public sealed record BlocklistSettings
{
    /// <summary>Off leaves the policy out of the chain.</summary>
    [Description("false leaves the policy out of the chain.")]
    public bool Enabled { get; init; } = true;

    /// <summary>Tool names refused.</summary>
    [Description("Tool names that are refused for every tier but admin; * stands for anything.")]
    public IReadOnlyList<string> Tools { get; init; } = ["mcp__*delete*", "mcp__*drop*", "mcp__*destroy*"];

    /// <summary>Regular expressions over the strings of a tool's input.</summary>
    [Description("Regular expressions over every string in a tool's input, besides the commands of a shell that are always refused. A match refuses the call, for every tier.")]
    public IReadOnlyList<string> Inputs { get; init; } = BlockedInputs.Default;
}

/// <summary>Parameters of policy <c>rate</c>.</summary>
public sealed record RatePolicySettings
{
    /// <summary>Off leaves the policy out of the chain.</summary>
    [Description("false leaves the policy out of the chain.")]
    public bool Enabled { get; init; } = true;

    /// <summary>Calls a minute.</summary>
    [Description("Calls a minute for one identity, model calls and hook decisions each counted on their own. rate_limits.scale multiplies it.")]
    [Range(1, 10_000_000)]
    public int PerMinute { get; init; } = 600;

    /// <summary>Calls at once.</summary>
    [Description("Calls that may come at once after a quiet time. rate_limits.scale multiplies it.")]
    [Range(1, 10_000_000)]
    public int Burst { get; init; } = 200;
}
