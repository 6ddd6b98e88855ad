using System.Diagnostics.Metrics;

namespace Systemprompt.Budgets;

/// <summary>What budgets measure: refusals, and how often the database had to be asked.</summary>
internal static class BudgetMetrics
{
    private static readonly Meter Meter = new("Systemprompt.Budgets");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("systemprompt.budgets.refusals", "{call}", "Calls that a budget refused, by budget and reason: exhausted, price_unknown, unavailable.");
    private static readonly Counter<long> Asks = Meter.CreateCounter<long>("systemprompt.budgets.asks", "{ask}", "How often a call had to ask the database for more of a budget.");

    static BudgetMetrics()
    {
    }

    /// <summary>Makes the instruments known from the start, so that a rate is zero, and not absent, before the first refusal.</summary>
    public static void Publish()
    {
        // The static constructor does it.
    }

    public static void Refused(BudgetRefusal refusal)
    {
        if (Refusals.Enabled) Refusals.Add(1, new("budget", refusal.Budget), new("reason", refusal.Fault switch { BudgetFault.Exhausted => "exhausted", BudgetFault.PriceUnknown => "price_unknown", _ => "unavailable" }));
    }

    public static void Asked()
    {
        if (Asks.Enabled) Asks.Add(1);
    }
}
