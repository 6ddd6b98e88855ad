namespace Systemprompt.Budgets;

/// <summary>
/// A room that keeps rows of calls which reserved from budgets. What a dead replica's calls really came to is read here, since nobody else
/// knows any more. Registered as a service.
/// </summary>
internal interface ISpendTrail
{
    /// <summary>Every call that a replica granted a reservation to, from a moment on.</summary>
    IAsyncEnumerable<TrailCall> ReadAsync(Guid replica, DateTimeOffset from, CancellationToken cancellationToken);
}

/// <summary>A call in the trail.</summary>
/// <param name="Budgets">What <see cref="BudgetReservation.ToJson"/> gave.</param>
/// <param name="End">How it ended; null while it is open.</param>
internal sealed record TrailCall(string Budgets, TrailEnd? End);

/// <summary>The end of a call in the trail.</summary>
/// <param name="Counts">False when it went nowhere.</param>
/// <param name="Usage">What it came to.</param>
internal sealed record TrailEnd(bool Counts, BudgetUsage Usage);

/// <summary>One budget that a call counts on, as it is kept with the call.</summary>
internal sealed record TrailPart(string Budget, string Unit, string Period, string Key, DateTime From, long Reserved, IReadOnlyList<string>? Models = null);
