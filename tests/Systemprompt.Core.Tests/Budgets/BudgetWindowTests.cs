using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Budgets;

namespace Systemprompt.Core.Tests.Budgets;

public sealed class BudgetWindowTests
{
    // Europe/Berlin changes in the night, America/Havana and Asia/Beirut at midnight itself, Australia/Lord_Howe by half an hour, Pacific/Apia skipped a day.
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"];

    [Theory]
    [InlineData(nameof(BudgetPeriod.Day), "UTC", "2026-11-27T23:59:59.9999999Z", "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z")]
    [InlineData(nameof(BudgetPeriod.Day), "UTC", "2026-11-28T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z")]
    [InlineData(nameof(BudgetPeriod.Day), "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")] // 23 hours
    [InlineData(nameof(BudgetPeriod.Day), "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")] // 25 hours
    [InlineData(nameof(BudgetPeriod.Day), "America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")] // midnight is skipped: the day begins at one
    [InlineData(nameof(BudgetPeriod.Day), "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")] // midnight comes twice: the first counts
    [InlineData(nameof(BudgetPeriod.Week), "Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z")] // a Sunday's last second
    [InlineData(nameof(BudgetPeriod.Week), "UTC", "2027-01-01T10:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z")]
    [InlineData(nameof(BudgetPeriod.Month), "Europe/Berlin", "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData(nameof(BudgetPeriod.Month), "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData(nameof(BudgetPeriod.Month), "America/New_York", "2026-12-01T04:59:59Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")]
    public void A_window_begins_and_ends_by_the_clocks_of_its_zone(string period, string zone, string at, string start, string end) =>
        BudgetWindow.Of(Enum.Parse<BudgetPeriod>(period), TimeZoneInfo.FindSystemTimeZoneById(zone), DateTimeOffset.Parse(at)).ShouldBe(new BudgetWindow(DateTimeOffset.Parse(start), DateTimeOffset.Parse(end)));

    [Fact]
    public void Every_moment_lies_in_one_window_and_windows_follow_each_other_without_a_gap() => Prop.ForAll<uint>(seconds =>
    {
        // Some 136 years, from 1970.
        var at = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        foreach (var zone in Zones.Select(TimeZoneInfo.FindSystemTimeZoneById))
            foreach (var period in Enum.GetValues<BudgetPeriod>())
            {
                var window = BudgetWindow.Of(period, zone, at);
                window.Start.ShouldBeLessThanOrEqualTo(at, $"{zone.Id} {period} {at:O}");
                window.End.ShouldBeGreaterThan(at, $"{zone.Id} {period} {at:O}");
                BudgetWindow.Of(period, zone, window.Start).ShouldBe(window, $"{zone.Id} {period} {at:O}");
                BudgetWindow.Of(period, zone, window.End).Start.ShouldBe(window.End, $"{zone.Id} {period} {at:O}");
                BudgetWindow.Of(period, zone, window.End.AddTicks(-1)).ShouldBe(window, $"{zone.Id} {period} {at:O}");
            }

        return true;
    }).QuickCheckThrowOnFailure();
}
