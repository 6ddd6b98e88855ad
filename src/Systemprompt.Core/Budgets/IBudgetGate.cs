namespace Systemprompt.Budgets;

/// <summary>Stands in front of calls that cost something: an estimate is reserved before, what it really came to is settled after.</summary>
internal interface IBudgetGate
{
    /// <summary>False while there is no budget at all: then nothing needs to be estimated.</summary>
    bool HasBudgets { get; }

    /// <summary>
    /// Reserves an estimate on every budget that the call counts on, or on none. From memory as long as this replica's slices last; else from the
    /// database, and from other replicas' idle slices, before it refuses. Every reservation that is granted must be settled or released.
    /// </summary>
    ValueTask<BudgetReservation> ReserveAsync(BudgetRequest request, CancellationToken cancellationToken);
}

/// <summary>A call before it is made.</summary>
/// <param name="Subject">Who calls.</param>
/// <param name="KeyId">The beginning of the access key; null for a token.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Tokens">What it takes at most, input and output together.</param>
/// <param name="Microdollars">What it costs at most, whichever model answers; null when the price of one that may is not known.</param>
internal readonly record struct BudgetRequest(string Subject, string? KeyId, string Model, long Tokens, long? Microdollars)
{
    /// <summary>What it costs at most when the model named answers itself, where its route has others; null when that has no known price, or is not asked.</summary>
    public long? NamedMicrodollars { get; init; }

    /// <summary>The models that its route may ask in the place of the one named. What is reserved for one of them counts when it is the one that answers.</summary>
    public IReadOnlyList<ModelCost> OtherModels { get => field ?? []; init; }

    /// <summary>All that may answer.</summary>
    public IEnumerable<ModelCost> AllModels => OtherModels.Prepend(new ModelCost(Model, NamedMicrodollars));
}

/// <summary>A model that may answer a call.</summary>
/// <param name="Model">Its name, as its provider is asked for it.</param>
/// <param name="Microdollars">What the call costs at most when it answers; null when its price is not known.</param>
internal readonly record struct ModelCost(string Model, long? Microdollars);

/// <summary>What a call came to. What is null is not known: then what was reserved counts as spent.</summary>
/// <param name="Tokens">Tokens of every kind.</param>
/// <param name="Microdollars">Its cost.</param>
internal readonly record struct BudgetUsage(long? Tokens, long? Microdollars)
{
    /// <summary>The model that was asked last; null when that is not known.</summary>
    public string? Model { get; init; }

    /// <summary>Whether it counts where only these models count. When nobody knows what the call came to, it may have been any of them.</summary>
    public bool IsOf(IReadOnlyList<string>? models) => models is null || Model is null || Tokens is null || models.Contains(Model);

    /// <summary>What counts in a unit, and whether it is only what was reserved.</summary>
    public (long Amount, bool IsAssumed) In(BudgetUnit unit, long reserved) => unit switch
    {
        BudgetUnit.Requests => (1, false),
        BudgetUnit.Tokens => Tokens is { } tokens ? (tokens, false) : (reserved, true),
        _ => Microdollars is { } cost ? (cost, false) : (reserved, true),
    };
}

/// <summary>Why a call was refused.</summary>
internal enum BudgetFault
{
    /// <summary>What is left of a budget does not cover it.</summary>
    Exhausted,

    /// <summary>A budget counts money, and nobody knows the model's price.</summary>
    PriceUnknown,

    /// <summary>The slice does not cover it, and the database that has more is away.</summary>
    Unavailable,
}

/// <summary>A refusal.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Budget">The budget's name.</param>
/// <param name="Key">Whose amount it is, such as <c>user/alice</c>; <c>tenant</c> for the tenant's.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Limit">The amount.</param>
/// <param name="Used">What is spent or reserved of it.</param>
/// <param name="Needed">What the call would have reserved.</param>
/// <param name="ResetsAt">When the next window begins.</param>
internal sealed record BudgetRefusal(BudgetFault Fault, string Budget, string Key, BudgetUnit Unit, long Limit, long Used, long Needed, DateTimeOffset ResetsAt)
{
    /// <summary>For the person at the client.</summary>
    public string Sentence => Fault switch
    {
        BudgetFault.PriceUnknown => $"budget {Budget} counts money, and the price of this model is not known; an operator can give it one (ai.providers…prices), or let such calls count as requests (budgets.unknown_price)",
        BudgetFault.Unavailable => $"budget {Budget} cannot be checked: this replica's slice of it does not cover the call, and the database that has the rest is away",
        _ => $"budget {Budget}{Whose} is used up: {BudgetText.Amount(Unit, Used)} of {BudgetText.Amount(Unit, Limit)}{(Used < Limit ? $", and this call may take {BudgetText.Amount(Unit, Needed)}" : "")}. It begins anew at {ResetsAt:yyyy-MM-dd HH:mm}Z",
    };

    private string Whose => Key.IndexOf('/', StringComparison.Ordinal) is var at and > 0 ? $" of {Key[..at]} {Key[(at + 1)..]}" : "";
}
