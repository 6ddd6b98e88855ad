using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Analytics;
using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Analytics;

public sealed class ReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("▁▁▁", 0, 0, 0)]
    [InlineData("▁▂█", 0, 1, 1000)]
    [InlineData("█", 5)]
    [InlineData("▁██", 0, 1, 1)]
    [InlineData("▂▆█", 1, 5, 8)]
    public void A_sparkline_shows_something_above_nothing(string expected, params int[] values) => Sparkline.Of([.. values.Select(value => (long)value)]).ShouldBe(expected);

    [Fact]
    public void A_long_time_is_fitted_into_a_line() => Sparkline.Of([.. Enumerable.Range(0, 365).Select(_ => 1L)]).Length.ShouldBe(Sparkline.Width);

    [Fact]
    public void Csv_is_quoted_and_holds_no_formula() =>
        CsvText.Of(["a", "b"], [["=1+1", 5L], ["-x", -5L], ["@a", null], ["+1", "say \"hi\", you"], ["\t=1", "two\nlines"], [null, "plain"]])
            .ShouldBe("a,b\r\n'=1+1,5\r\n'-x,-5\r\n'@a,\r\n'+1,\"say \"\"hi\"\", you\"\r\n'\t=1,\"two\nlines\"\r\n,plain");

    [Theory]
    [InlineData(FactUnit.Count, 1234567, "1,234,567")]
    [InlineData(FactUnit.Microdollars, 0, "$0.0000")]
    [InlineData(FactUnit.Microdollars, 36, "<$0.0001")]
    [InlineData(FactUnit.Microdollars, 1234, "$0.0012")]
    [InlineData(FactUnit.Microdollars, 1234567890, "$1,234.57")]
    [InlineData(FactUnit.Microseconds, 1234, "1.2 ms")]
    [InlineData(FactUnit.Microseconds, 65_400_000, "65.4 s")]
    [InlineData(FactUnit.Bytes, 123456, "123 kB")]
    public void Figures_are_written_for_people(FactUnit unit, long value, string expected) => ReportText.Number(unit, value).ShouldBe(expected);

    /// <summary>Any range, whatever days are summed up, is covered once: nothing twice, nothing left out, and only whole days from the sums.</summary>
    [Fact]
    public void Any_split_of_a_range_is_the_range() => Prop.ForAll(
        Gen.Choose(0, 20_000).Zip(Gen.Choose(1, 20_000)).Zip(Gen.Choose(0, 15).ArrayOf()).ToArbitrary(),
        static sample =>
        {
            var ((offset, length), days) = sample;
            var (from, to) = (Start.AddMinutes(offset), Start.AddMinutes(offset + length));
            var rolled = days.Select(day => DateOnly.FromDateTime(Start.UtcDateTime).AddDays(day)).ToHashSet();

            var split = DaySplit.Of(from, to, rolled);

            var parts = split.Days.Select(day => (From: DaySplit.Start(day), To: DaySplit.Start(day.AddDays(1)))).Concat(split.Live).OrderBy(part => part.From).ToList();
            return parts[0].From == from && parts[^1].To == to && parts.Zip(parts.Skip(1)).All(pair => pair.First.To == pair.Second.From) && parts.All(part => part.From < part.To)
                && split.Days.All(rolled.Contains) && split.Live.Zip(split.Live.Skip(1)).All(pair => pair.First.To < pair.Second.From);
        }).QuickCheckThrowOnFailure();

    /// <summary>However what happened on some days is cut into groups, folding gives the same rows, trends and total.</summary>
    [Fact]
    public void Any_split_of_days_folds_to_the_same_report() => Prop.ForAll(
        Gen.Choose(0, 6).Zip(Gen.Choose(0, 3)).Zip(Gen.Choose(0, 1000)).ArrayOf().Zip(Gen.Choose(1, 5)).ToArbitrary(),
        static sample =>
        {
            var (facts, size) = sample;
            var whole = Fold(facts.GroupBy(fact => fact.Item1).Select(group => (group.Key, group.Sum(fact => (long)fact.Item2))));
            var parts = Fold(facts.Chunk(size).SelectMany(chunk => chunk.GroupBy(fact => fact.Item1).Select(group => (group.Key, group.Sum(fact => (long)fact.Item2)))));
            return whole == parts;

            static string Fold(IEnumerable<((int Day, int Key) Key, long Sum)> groups)
            {
                var fold = new ReportFold(Start, Start.AddDays(7), 1);
                foreach (var ((day, key), sum) in groups)
                {
                    fold.Add(DateOnly.FromDateTime(Start.UtcDateTime).AddDays(day), [key == 0 ? null : $"{key}"], [sum]);
                    fold.AddToTotal(DateOnly.FromDateTime(Start.UtcDateTime).AddDays(day), [sum]);
                }

                return string.Join('\n', fold.Rows(byDay: false, 10).Append(fold.Total).Select(row => $"{string.Join(',', row.Keys)} {row.Sums[0]} {string.Join(' ', row.Trend)}"));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_limit_leaves_the_largest_rows_of_the_last_day()
    {
        var fold = new ReportFold(Start, Start.AddDays(1), 1);
        foreach (var (key, sum) in new[] { ("a", 1), ("b", 9), ("c", 5) }) fold.Add(DateOnly.FromDateTime(Start.UtcDateTime), ["2026-03-01", key], [sum]);

        fold.Rows(byDay: true, 2).Select(row => row.Keys[1]).ShouldBe(["b", "c"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1999)]
    [InlineData(9001)]
    [InlineData(9999)]
    public void Times_that_no_calendar_needs_are_refused(int year)
    {
        var time = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Should.Throw<ReportException>(() => new ReportRequest { Since = time }.Range(Start)).Field.ShouldBe("since");
        Should.Throw<ReportException>(() => new ReportRequest { Until = time }.Range(Start)).Field.ShouldBe("until");
    }

    [Fact]
    public void What_is_kept_has_a_bound()
    {
        var faults = new Systemprompt.Profiles.SettingsFaults();
        AnalyticsSettings.Validate(new AnalyticsSettings { KeepDaily = TimeSpan.FromDays(1_000_000) }, faults);

        faults.All.ShouldHaveSingleItem().ToString().ShouldContain("36500d");
    }

    [Fact]
    public void Without_more_a_report_is_of_seven_days_today_one_of_them()
    {
        var now = Start.AddHours(13);

        new ReportRequest().Range(now).ShouldBe((Start.AddDays(-6), now));
        new ReportRequest { Days = 1 }.Range(now).ShouldBe((Start, now));
        new ReportRequest { Days = 2, Until = Start }.Range(now).ShouldBe((Start.AddDays(-2), Start));
        new ReportRequest { Since = now.AddHours(-2) }.Range(now).ShouldBe((now.AddHours(-2), now));
        Should.Throw<ReportException>(() => new ReportRequest { Since = Start.AddYears(-4) }.Range(now)).Field.ShouldBe("since");
    }
}
