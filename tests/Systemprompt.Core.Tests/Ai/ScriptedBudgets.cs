using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Budgets that say what the test wants; without a limit there is none.</summary>
internal sealed class ScriptedBudgets : IBudgetGate
{
    private static readonly BudgetWindow Window = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

    /// <summary>What was asked.</summary>
    public List<BudgetRequest> Asked { get; } = [];

    /// <summary>What is answered instead of a reservation.</summary>
    public BudgetRefusal? Refusal { get; set; }

    /// <summary>A budget of this unit that every call counts on.</summary>
    public Slice? Slice { get; private set; }

    /// <summary>What was spent of it, how much of that is assumed, and by how many calls.</summary>
    public (long Spent, long Assumed, long Calls) Total => Slice!.Report(0, giveBack: false) is var report ? (report.Spent, report.Assumed, report.Calls) : default;

    public void Limit(BudgetUnit unit)
    {
        Slice = new Slice(new SliceId("trial", unit, BudgetPeriod.Day, "user/alice", Window), new Replica(Guid.NewGuid()), BudgetRules.Largest);
        Slice.Accept(default, BudgetRules.Largest, 0, BudgetRules.Largest);
    }

    public bool HasBudgets => true;

    public ValueTask<BudgetReservation> ReserveAsync(BudgetRequest request, CancellationToken cancellationToken)
    {
        Asked.Add(request);
        if (Refusal is not null) return new(new BudgetReservation(Refusal));
        if (Slice is null) return new(BudgetReservation.None);
        var amount = Slice.Id.Unit switch { BudgetUnit.Requests => 1, BudgetUnit.Tokens => request.Tokens, _ => request.Microdollars!.Value };
        Slice.TryTake(amount, 0).ShouldBeTrue();
        return new(new BudgetReservation([new BudgetPart(Slice, amount)]));
    }
}
