using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Systemprompt.Users;

namespace Systemprompt.Budgets;

/// <summary>What a budget may be, in the profile and set live.</summary>
internal static partial class BudgetRules
{
    /// <summary>Far above any use, and so far below 63 bits that no sum overflows.</summary>
    public const long Largest = 1_000_000_000_000_000;

    private const int MostNames = 1000;

    public static string? NameFault(string name) => Name().IsMatch(name) ? null : $"'{name}' is no name for a budget: lower-case letters, digits, '_' and '-', starting with a letter, at most 63";

    public static string? ZoneFault(string zone) => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? null
        : $"there is no time zone '{zone}' on this machine: write an IANA name such as Europe/Berlin, or install the package tzdata";

    /// <summary>A budget that names access keys by what calls have: a key may be written as it is shown, too.</summary>
    public static BudgetSettings WithKeyNames(BudgetSettings budget) =>
        budget.Per == BudgetPer.Key && budget.Of.Count > 0 ? budget with { Of = [.. budget.Of.Select(of => KeyPart.NameOf(of) ?? of)] } : budget;

    /// <summary>Every fault: the key, empty for the whole, and what is wrong.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="kept">It was taken before the form of access keys was looked at, and still counts for those that it names rightly.</param>
    public static IEnumerable<(string Key, string Message)> Faults(BudgetSettings budget, bool kept = false)
    {
        var amounts = new[] { ("requests", budget.Requests), ("tokens", budget.Tokens), ("microdollars", budget.Microdollars) };
        // A number is no word, though it may be read as one.
        if (!Enum.IsDefined(budget.Per)) yield return ("per", "must be tenant, user, team, key or model");
        if (!Enum.IsDefined(budget.Window)) yield return ("window", "must be day, week or month");
        if (amounts.Count(amount => amount.Item2 is not null) != 1) yield return ("", "needs one amount: requests, tokens or microdollars");
        foreach (var (key, amount) in amounts)
            if (amount is < 0 or > Largest) yield return (key, $"must lie between 0 and {Largest}");
        if (budget.TimeZone is { } zone && ZoneFault(zone) is { } fault) yield return ("time_zone", fault);
        if (budget.Per == BudgetPer.Model && budget.Models.Count == 0) yield return ("models", "must name models or patterns where a budget is per model; each has the amount");
        if (budget.Per is BudgetPer.Tenant or BudgetPer.Model && budget.Of.Count > 0) yield return ("of", "is for budgets per user, team or key; models says which models");
        if (budget.Of.Count > MostNames || budget.Models.Count > MostNames) yield return ("", $"names more than {MostNames} in one list; make it several budgets");
        for (var at = 0; at < budget.Of.Count; at++)
            if (budget.Of[at] is not { Length: > 0 and <= 256 } of || of.Any(char.IsControl)) yield return ($"of[{at}]", "must be a name of 1 to 256 characters");
            else if (budget.Per == BudgetPer.Key && !kept && KeyPart.NameOf(of) is null)
                yield return ($"of[{at}]", $"must be the name of an access key: sp_ and ten letters and digits, with or without {AccessKey.Hidden} behind it; take it from the first column of 'admin keys list'");
        for (var at = 0; at < budget.Models.Count; at++)
            if (!IsPattern(budget.Models[at])) yield return ($"models[{at}]", "must be a model id, or the beginning of one followed by a single * at the end");
    }

    private static bool IsPattern(string? pattern) =>
        pattern is { Length: > 0 and <= 128 } && !pattern.AsSpan().ContainsAnyExceptInRange('!', '~') && pattern.IndexOf('*', StringComparison.Ordinal) is var star && (star < 0 || star == pattern.Length - 1);

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,62}\z")]
    private static partial Regex Name();
}

/// <summary>A budget as it is kept.</summary>
internal static class BudgetJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static string Write(BudgetSettings budget) => JsonSerializer.Serialize(budget, Options);

    public static BudgetSettings Read(string json) => JsonSerializer.Deserialize<BudgetSettings>(json, Options)!;
}
