using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Budgets;

/// <summary>The profile section <c>budgets</c>.</summary>
internal sealed record BudgetsSettings
{
    [Description("Budgets by name: a limit in requests, tokens or microdollars for a day, a week or a month. 'admin budgets set' sets others, or others in their place.")]
    public IReadOnlyDictionary<string, BudgetSettings> Limits { get; init; } = new Dictionary<string, BudgetSettings>();

    [Description("Where days, weeks and months of budgets begin, unless a budget says otherwise: an IANA name such as Europe/Berlin.")]
    public string TimeZone { get; init; } = "UTC";

    [Description("What becomes of a call whose model has no known price where a budget counts money: refuse it, or count requests and tokens only.")]
    public UnknownPrice UnknownPrice { get; init; } = UnknownPrice.Refuse;

    [Range(1, 1_000_000)]
    [Description("Output tokens that are reserved for a call that does not say how many it wants at most.")]
    public int AssumedOutput { get; init; } = 8192;

    [Range(1, 100_000_000)]
    [Description("Input tokens that are reserved for a call at most, however long its body is: a token for every two bytes of it, and all of these when the body names content that is not in it, or tools that the provider runs.")]
    public int LargestInput { get; init; } = 1_000_000;

    [Description("How long a replica's slices are its own after its last heartbeat. It spends from them for half of that; then what it held is settled by the audit trail. More than twice audit.commit_timeout.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    [Description("How often a replica renews its lease, reports what was spent, and gives back what is idle.")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    [Description("How long a slice may lie unused before it is given back.")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(10);

    [Description("How often budgets are read again, should a notification have been missed.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    [Description("How long the windows of budgets are kept, from their beginning.")]
    public TimeSpan KeepWindows { get; init; } = TimeSpan.FromDays(400);

    internal static void Validate(BudgetsSettings settings, SettingsFaults faults)
    {
        if (BudgetRules.ZoneFault(settings.TimeZone) is { } zone) faults.Add("time_zone", zone);
        if (settings.Lease < TimeSpan.FromSeconds(2) || settings.Lease > TimeSpan.FromMinutes(10)) faults.Add("lease", "must be from 2s to 10m");
        if (settings.Heartbeat < TimeSpan.FromMilliseconds(100) || settings.Heartbeat * 6 > settings.Lease) faults.Add("heartbeat", "must be from 100ms to a sixth of lease");
        if (settings.Idle < TimeSpan.FromMilliseconds(100) || settings.Idle > TimeSpan.FromHours(1)) faults.Add("idle", "must be from 100ms to 1h");
        if (settings.Poll < TimeSpan.FromMilliseconds(100) || settings.Poll > TimeSpan.FromMinutes(1)) faults.Add("poll", "must be from 100ms to 1m");
        if (settings.KeepWindows < TimeSpan.FromDays(40)) faults.Add("keep_windows", "must be at least 40d: a month's window is kept from its beginning");
        foreach (var (name, budget) in settings.Limits)
        {
            if (BudgetRules.NameFault(name) is { } fault) faults.Add($"limits.{name}", fault);
            foreach (var (key, message) in BudgetRules.Faults(budget)) faults.Add(key.Length == 0 ? $"limits.{name}" : $"limits.{name}.{key}", message);
        }
    }
}

/// <summary>What a model without a known price means where a budget counts money.</summary>
internal enum UnknownPrice
{
    /// <summary>The call is refused.</summary>
    Refuse,

    /// <summary>It costs such a budget nothing; budgets of requests and tokens count it.</summary>
    CountRequests,
}

/// <summary>What a budget has an amount for each of.</summary>
internal enum BudgetPer
{
    /// <summary>One amount for everything.</summary>
    Tenant,

    /// <summary>One for each user.</summary>
    User,

    /// <summary>One for each team; a call counts on every team of its user.</summary>
    Team,

    /// <summary>One for each access key.</summary>
    Key,

    /// <summary>One for each pattern in <c>models</c>.</summary>
    Model,
}

/// <summary>How long a budget's window is.</summary>
internal enum BudgetPeriod
{
    /// <summary>From midnight.</summary>
    Day,

    /// <summary>From Monday's midnight.</summary>
    Week,

    /// <summary>From the first day's midnight.</summary>
    Month,
}

/// <summary>What a budget counts.</summary>
internal enum BudgetUnit
{
    /// <summary>Calls that reached a provider.</summary>
    Requests,

    /// <summary>Tokens of every kind.</summary>
    Tokens,

    /// <summary>Money, in microdollars.</summary>
    Microdollars,
}

/// <summary>One budget, in the profile or set live.</summary>
internal sealed record BudgetSettings
{
    [Required]
    [Description("What it has an amount for each of: tenant (one for all), user, team, key (access keys), model (each pattern of models).")]
    public BudgetPer Per { get; init; }

    [Description("Only these users, teams or keys (by the key's beginning, as 'admin keys list' shows it), each with the amount; all of them when empty.")]
    public IReadOnlyList<string> Of { get; init; } = [];

    [Description("Only these models: ids, which stand for their dated snapshots too, or beginnings with one * at the end, in any case. All when empty.")]
    public IReadOnlyList<string> Models { get; init; } = [];

    [Required]
    [Description("How long the amount has to last: day, week (from Monday) or month.")]
    public BudgetPeriod Window { get; init; }

    [Description("Where that begins; budgets.time_zone unless it is set.")]
    public string? TimeZone { get; init; }

    [Description("The amount in calls. One of requests, tokens, microdollars.")]
    public long? Requests { get; init; }

    [Description("The amount in tokens of every kind: input, output, cache writes and reads.")]
    public long? Tokens { get; init; }

    [Description("The amount in money: 1000000 is a dollar.")]
    public long? Microdollars { get; init; }

    [Description("What becomes of a call whose model has no known price; budgets.unknown_price unless it is set.")]
    public UnknownPrice? UnknownPrice { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    internal BudgetUnit Unit => Microdollars is not null ? BudgetUnit.Microdollars : Tokens is not null ? BudgetUnit.Tokens : BudgetUnit.Requests;

    [System.Text.Json.Serialization.JsonIgnore]
    internal long Limit => Microdollars ?? Tokens ?? Requests ?? 0;

    /// <summary>By value: lists count by what is in them.</summary>
    public bool Equals(BudgetSettings? other) => other is not null && BudgetJson.Write(this) == BudgetJson.Write(other);

    /// <inheritdoc/>
    public override int GetHashCode() => BudgetJson.Write(this).GetHashCode(StringComparison.Ordinal);
}
