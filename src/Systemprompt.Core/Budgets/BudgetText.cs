using System.Globalization;

namespace Systemprompt.Budgets;

/// <summary>Amounts for people, and the words of the tables.</summary>
internal static class BudgetText
{
    public static string Amount(BudgetUnit unit, long amount) => unit switch
    {
        BudgetUnit.Microdollars => string.Create(CultureInfo.InvariantCulture, $"${amount / 1_000_000m:0.00####}"),
        BudgetUnit.Tokens => string.Create(CultureInfo.InvariantCulture, $"{amount} tokens"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{amount} requests"),
    };

    public static string Word(BudgetUnit unit) => unit switch { BudgetUnit.Microdollars => "microdollars", BudgetUnit.Tokens => "tokens", _ => "requests" };

    public static string Word(BudgetPeriod period) => period switch { BudgetPeriod.Day => "day", BudgetPeriod.Week => "week", _ => "month" };

    /// <summary>What becomes of calls without a known price; null where the budget leaves it to <c>budgets.unknown_price</c>.</summary>
    public static string? Unpriced(UnknownPrice? price) => price switch { UnknownPrice.CountRequests => "uncounted", UnknownPrice.Refuse => "refused", _ => null };

    public static BudgetUnit Unit(string word) => word switch { "microdollars" => BudgetUnit.Microdollars, "tokens" => BudgetUnit.Tokens, _ => BudgetUnit.Requests };
}
