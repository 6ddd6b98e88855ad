using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Budgets;

public sealed class SliceTests
{
    private static readonly SliceId Id = new("b", BudgetUnit.Tokens, BudgetPeriod.Day, "tenant", new BudgetWindow(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)));

    [Fact]
    public void Reserved_and_spent_together_are_never_more_than_what_was_granted() => Prop.ForAll<(byte, byte, byte)[]>(steps =>
    {
        const long Limit = 1000;
        var (table, slice) = (new Table(Limit), new Slice(Id, new Replica(Guid.NewGuid()), Limit));
        var open = new List<long>();
        long spent = 0;
        var sequence = 0L;
        foreach (var (what, amount, part) in steps)
        {
            switch (what % 6)
            {
                case 0 or 1:
                    if (slice.TryTake(amount, 0)) open.Add(amount);
                    break;
                case 2 when open.Count > 0:
                    var cost = open[^1] * part / 255;
                    slice.Settle(open[^1], cost, assumed: false);
                    spent += cost;
                    open.RemoveAt(open.Count - 1);
                    break;
                case 3 when open.Count > 0:
                    slice.Release(open[^1]);
                    open.RemoveAt(open.Count - 1);
                    break;
                case 4:
                    // A message that gets there, and whose answer is lost half of the time.
                    var message = slice.Report(++sequence, giveBack: part % 3 == 0);
                    var granted = table.Take(message, amount, part % 5 == 0 ? amount : amount * 3L);
                    if (part % 2 == 0) slice.Accept(message, granted, table.Spent, table.Leased);
                    break;
                case 5:
                    // One that never gets there.
                    slice.Report(++sequence, giveBack: part % 2 == 0);
                    break;
            }

            (open.Sum() + spent).ShouldBeLessThanOrEqualTo(table.Spent + table.Leased);
            (table.Spent + table.Leased).ShouldBeLessThanOrEqualTo(Limit);
        }

        // In the end everything can be accounted for.
        foreach (var reserved in open) slice.Release(reserved);
        var last = slice.Report(++sequence, giveBack: true);
        slice.Accept(last, table.Take(last, 0, 0), table.Spent, table.Leased);
        (table.Spent, table.Leased).ShouldBe((spent, 0));
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_came_to_more_than_was_reserved_is_missing_to_those_that_follow()
    {
        var (table, slice) = (new Table(100), new Slice(Id, new Replica(Guid.NewGuid()), 100));
        Grant(table, slice, 1, 60);
        slice.TryTake(20, 0).ShouldBeTrue();
        slice.TryTake(20, 0).ShouldBeTrue();

        slice.Settle(20, 95, assumed: false);

        slice.TryTake(1, 0).ShouldBeFalse();
        slice.TryTake(0, 0).ShouldBeTrue("what costs nothing needs nothing");
        Grant(table, slice, 2, 1);
        (table.Spent, table.Leased, slice.TryTake(1, 0)).ShouldBe((95, 20, false));
        slice.Settle(20, 5, assumed: true);
        Grant(table, slice, 3, 1);
        (table.Spent, table.Leased, table.Assumed, table.Calls, slice.TryTake(1, 0)).ShouldBe((100, 0, 5, 2, false));
    }

    private static void Grant(Table table, Slice slice, long sequence, long need)
    {
        var message = slice.Report(sequence, giveBack: false);
        slice.Accept(message, table.Take(message, need, need), table.Spent, table.Leased);
    }

    /// <summary>What the table does with the messages of one replica.</summary>
    private sealed class Table(long limit)
    {
        private long _held;

        public long Spent { get; private set; }

        public long Assumed { get; private set; }

        public long Calls { get; private set; }

        public long Leased => _held;

        public long Take(SliceReport message, long need, long want)
        {
            (Spent, Assumed, Calls, _held) = (message.Spent, message.Assumed, message.Calls, message.Keep);
            var rest = limit - Spent - _held;
            var granted = need > 0 && rest >= need ? Math.Min(rest, Math.Max(need, Math.Min(want, rest / 4))) : 0;
            _held += granted;
            return granted;
        }
    }
}
