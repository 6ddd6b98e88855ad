using System.Text.Json;

namespace Systemprompt.Budgets;

/// <summary>A call's place in its budgets, from before it until its end. Settled or released once; what comes after does nothing.</summary>
internal sealed class BudgetReservation
{
    /// <summary>For a call that counts on no budget.</summary>
    public static readonly BudgetReservation None = new([]);

    private readonly BudgetPart[] _parts;
    private int _ended;

    public BudgetReservation(BudgetPart[] parts) => _parts = parts;

    public BudgetReservation(BudgetRefusal refusal) => (_parts, Refusal) = ([], refusal);

    /// <summary>Null when it was granted.</summary>
    public BudgetRefusal? Refusal { get; }

    public bool IsGranted => Refusal is null;

    public IReadOnlyList<BudgetPart> Parts => _parts;

    /// <summary>Who granted it; null when no budget applies. For the call's row, see <see cref="ToJson"/>.</summary>
    public Guid? Replica => _parts.Length > 0 ? _parts[0].Slice.Replica.Id : null;

    /// <summary>Counts what the call came to.</summary>
    public void Settle(BudgetUsage usage)
    {
        if (_parts.Length == 0 || Interlocked.Exchange(ref _ended, 1) != 0) return;
        foreach (var part in _parts)
        {
            var (slice, reserved) = part;
            if (!usage.IsOf(part.Models))
            {
                slice.Release(reserved);
                continue;
            }

            var (amount, assumed) = usage.In(slice.Id.Unit, reserved);
            slice.Settle(reserved, amount, assumed);
        }
    }

    /// <summary>Gives back what was reserved for a call that went nowhere.</summary>
    public void Release()
    {
        if (_parts.Length == 0 || Interlocked.Exchange(ref _ended, 1) != 0) return;
        foreach (var (slice, reserved) in _parts) slice.Release(reserved);
    }

    /// <summary>The budgets the call counts on and what it reserved there, to be kept with its row: <see cref="ISpendTrail"/> reads it when this process is gone.</summary>
    public byte[]? ToJson() => _parts.Length == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(
        Array.ConvertAll(_parts, part => new TrailPart(part.Slice.Id.Budget, BudgetText.Word(part.Slice.Id.Unit), BudgetText.Word(part.Slice.Id.Period), part.Slice.Id.Key, part.Slice.Id.Window.Start.UtcDateTime, part.Amount, part.Models)), BudgetJson.Options);

    /// <summary>What stands in an answer's headers: for each unit the budget with the least left in it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Headers()
    {
        foreach (var unit in _parts.GroupBy(part => part.Slice.Id.Unit))
        {
            var (slice, _) = unit.MinBy(part => part.Slice.Remaining);
            var word = BudgetText.Word(unit.Key);
            yield return new($"x-budget-limit-{word}", $"{slice.Limit}");
            yield return new($"x-budget-remaining-{word}", $"{slice.Remaining}");
            yield return new($"x-budget-reset-{word}", slice.Id.Window.End.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>What a call has reserved of one slice.</summary>
internal readonly record struct BudgetPart(Slice Slice, long Amount)
{
    /// <summary>It counts there only when one of these answers, which a route may ask in the place of the model named; null when it counts whoever answers.</summary>
    public IReadOnlyList<string>? Models { get; init; }
}
