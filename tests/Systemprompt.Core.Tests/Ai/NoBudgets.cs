using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>A gate without a budget.</summary>
internal sealed class NoBudgets : IBudgetGate
{
    public ValueTask<BudgetReservation> ReserveAsync(BudgetRequest request, CancellationToken cancellationToken) => new(BudgetReservation.None);
}
