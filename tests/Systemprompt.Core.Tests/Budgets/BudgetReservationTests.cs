using System.Text;
using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Budgets;

/// <summary>What a reservation comes to here, and what a replica that settles it for a dead one makes of its row.</summary>
public sealed class BudgetReservationTests
{
    private static readonly BudgetWindow Window = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

    [Theory]
    [InlineData("claude-opus-5", 40L, 40L, 40L, 0L)]
    [InlineData("gpt-6", 40L, 40L, 0L, 40L)]
    [InlineData("best", 40L, 40L, 0L, 0L)]
    [InlineData(null, 40L, 40L, 40L, 40L)] // nobody knows who answered
    [InlineData("gpt-6", null, 60L, 60L, 60L)] // nobody knows what it came to: the one before may have been charged
    public void What_is_reserved_for_models_of_a_route_counts_where_they_answer_and_the_trail_says_the_same(string? model, long? tokens, long all, long opus, long gpt)
    {
        BudgetPart[] parts = [Part("all"), Part("opus", "claude-opus-5", "claude-opus-4"), Part("gpt", "gpt-6")];
        var reservation = new BudgetReservation(parts);
        var (kept, usage, sums) = (Encoding.UTF8.GetString(reservation.ToJson()!), new BudgetUsage(tokens, null) { Model = model }, new Dictionary<LeaseKey, LeaseSum>());

        reservation.Settle(usage);
        SliceReclaim.Add(sums, new TrailCall(kept, new TrailEnd(true, usage)));

        parts.Select(part => part.Slice.Report(0, giveBack: false).Spent).ShouldBe([all, opus, gpt]);
        parts.ShouldAllBe(part => !part.Slice.HasReserved);
        parts.Select(part => sums.GetValueOrDefault(new LeaseKey(part.Slice.Id.Budget, "tokens", "day", "tenant", Window.Start.UtcDateTime)).Spent).ShouldBe([all, opus, gpt]);
    }

    [Theory]
    [InlineData("claude-haiku-4-5", 25L, 25L)]
    [InlineData("llama-70b", null, 0L)] // it has no price, and was not to be counted
    public void Money_counts_where_a_model_with_a_price_answers_and_the_trail_says_the_same(string model, long? cost, long spent)
    {
        var part = Part("money", "claude-haiku-4-5");
        var slice = new Slice(part.Slice.Id with { Unit = BudgetUnit.Microdollars }, part.Slice.Replica, 1000);
        slice.Accept(default, 1000, 0, 1000);
        slice.TryTake(60, 0).ShouldBeTrue();
        var reservation = new BudgetReservation([new BudgetPart(slice, 60) { Models = part.Models }]);
        var (kept, usage, sums) = (Encoding.UTF8.GetString(reservation.ToJson()!), new BudgetUsage(40, cost) { Model = model }, new Dictionary<LeaseKey, LeaseSum>());

        reservation.Settle(usage);
        SliceReclaim.Add(sums, new TrailCall(kept, new TrailEnd(true, usage)));

        (slice.Report(0, giveBack: false).Spent, slice.HasReserved).ShouldBe((spent, false));
        sums.Values.Sum(sum => sum.Spent).ShouldBe(spent);
    }

    [Fact]
    public void What_is_open_keeps_what_it_reserved_for_every_model()
    {
        var reservation = new BudgetReservation([Part("opus", "claude-opus-5"), Part("gpt", "gpt-6")]);
        var sums = new Dictionary<LeaseKey, LeaseSum>();

        SliceReclaim.Add(sums, new TrailCall(Encoding.UTF8.GetString(reservation.ToJson()!), null));

        sums.Values.Select(sum => (sum.Pending, sum.Open)).ShouldBe([(60L, 1), (60L, 1)]);
    }

    private static BudgetPart Part(string budget, params string[] models)
    {
        var slice = new Slice(new SliceId(budget, BudgetUnit.Tokens, BudgetPeriod.Day, "tenant", Window), new Replica(Guid.NewGuid()), 1000);
        slice.Accept(default, 1000, 0, 1000);
        slice.TryTake(60, 0).ShouldBeTrue();
        return new BudgetPart(slice, 60) { Models = models.Length == 0 ? null : models };
    }
}
