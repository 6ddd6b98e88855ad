using System.Collections.Concurrent;
using Systemprompt.Budgets;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Budgets;

public sealed class BudgetRulesTests
{
    private static readonly BudgetSettings Good = new() { Per = BudgetPer.User, Window = BudgetPeriod.Month, Microdollars = 5_000_000, Models = ["claude-*"], TimeZone = "Europe/Berlin" };

    [Fact]
    public void A_budget_is_read_as_it_was_kept()
    {
        var kept = BudgetJson.Write(Good with { Of = ["alice"], UnknownPrice = UnknownPrice.CountRequests });

        kept.ShouldBe("""{"per":"user","of":["alice"],"models":["claude-*"],"window":"month","time_zone":"Europe/Berlin","microdollars":5000000,"unknown_price":"count_requests"}""");
        BudgetJson.Read(kept).ShouldBe(Good with { Of = ["alice"], UnknownPrice = UnknownPrice.CountRequests });
    }

    [Fact]
    public void What_a_budget_may_not_be_is_said_with_its_place()
    {
        BudgetRules.Faults(Good).ShouldBeEmpty();
        Keys(Good with { Per = (BudgetPer)7, Window = (BudgetPeriod)7 }).ShouldBe(["per", "window"]);
        Keys(Good with { Requests = 1 }).ShouldBe([""]);
        Keys(Good with { Microdollars = null }).ShouldBe([""]);
        Keys(Good with { Microdollars = -1 }).ShouldBe(["microdollars"]);
        Keys(Good with { TimeZone = "Europe/Nowhere" }).ShouldBe(["time_zone"]);
        Keys(Good with { Models = ["claude-*-x"] }).ShouldBe(["models[0]"]);
        Keys(Good with { Per = BudgetPer.Model, Models = [] }).ShouldBe(["models"]);
        Keys(Good with { Per = BudgetPer.Tenant, Of = ["alice"] }).ShouldBe(["of"]);
        Keys(Good with { Of = ["", "a\nb"] }).ShouldBe(["of[0]", "of[1]"]);
        foreach (var name in new[] { "Upper", "", "a b", "1st", new string('a', 64) }) BudgetRules.NameFault(name).ShouldNotBeNull();

        static string[] Keys(BudgetSettings budget) => [.. BudgetRules.Faults(budget).Select(fault => fault.Key)];
    }

    [Fact]
    public void A_section_names_every_fault()
    {
        var faults = new SettingsFaults();
        BudgetsSettings.Validate(new BudgetsSettings { Heartbeat = TimeSpan.FromSeconds(20), KeepWindows = TimeSpan.FromDays(3), Limits = new Dictionary<string, BudgetSettings> { ["Bad name"] = Good, ["two"] = Good with { Tokens = 1 } } }, faults);

        faults.All.Select(fault => fault.Path).ShouldBe(["heartbeat", "keep_windows", "limits.Bad name", "limits.two"]);
    }

    [Theory]
    [InlineData("sp_abcdefghij")]
    [InlineData("sp_abcdefghij_…")]
    public void A_key_counts_by_its_name_and_as_it_is_listed(string of)
    {
        var budget = Good with { Per = BudgetPer.Key, Of = [of] };

        BudgetRules.Faults(budget).ShouldBeEmpty();
        var live = new LiveBudget("b", budget, new BudgetsSettings(), new ConcurrentDictionary<string, Slice>());
        (live.Has("sp_abcdefghij"), live.Has("sp_bcdefghijk"), live.Has(null)).ShouldBe((true, false, false));
    }

    [Theory]
    [InlineData("laptop")]
    [InlineData("sp_abcdefghi")]
    [InlineData("sp_abcdefghi_…")]
    [InlineData("sp_abcdefghij_")]
    [InlineData("sp_ABCDEFGHIJ")]
    [InlineData("sp_abcdefghij_0123456789012345678901234567890123456789012")]
    public void What_names_no_key_is_refused_with_its_place_and_the_remedy_and_is_not_repeated(string of)
    {
        var faults = new SettingsFaults();

        BudgetsSettings.Validate(new BudgetsSettings { Limits = new Dictionary<string, BudgetSettings> { ["machines"] = Good with { Per = BudgetPer.Key, Of = ["sp_abcdefghij", of] } } }, faults);

        var (path, message) = faults.All.ShouldHaveSingleItem();
        path.ShouldBe("limits.machines.of[1]");
        message.ShouldContain("'admin keys list'");
        message.ShouldNotContain(of);
    }

    [Fact]
    public void A_budget_that_was_kept_with_what_names_no_key_still_counts_for_those_that_it_names()
    {
        var kept = Good with { Per = BudgetPer.Key, Of = ["laptop", "sp_abcdefghij"] };

        var effective = BudgetCatalogue.Effective(new BudgetsSettings(), [new() { Name = "machines", Spec = BudgetJson.Write(kept) }]);

        effective["machines"].ShouldBe(kept);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(true, "count_requests", "uncounted")]
    [InlineData(false, "refuse", "refused")]
    public void What_becomes_of_calls_without_a_price_is_listed_where_a_budget_says_so(bool? counts, string? json, string? shown)
    {
        UnknownPrice? price = counts switch { true => UnknownPrice.CountRequests, false => UnknownPrice.Refuse, null => null };

        var line = BudgetLine.From(new BudgetView("trial", "live", true, 1, Good with { UnknownPrice = price }, null, "root"));

        (line.UnknownPrice, line.Unpriced).ShouldBe((json, shown));
    }

    [Theory]
    [InlineData("claude-opus-4", "claude-opus-4")]
    [InlineData("claude-opus-5", "claude-opus-*")]
    [InlineData("claude-haiku", "claude-*")]
    [InlineData("CLAUDE-Opus-4", "claude-opus-4")]
    [InlineData("Claude-Opus-5", "claude-opus-*")]
    [InlineData("claude-opus-4-20250514", "claude-opus-4")]
    [InlineData("claude-opus-4@20250514", "claude-opus-4")]
    [InlineData("claude-opus-4-0", "claude-opus-4")]
    [InlineData("claude-opus-4-5-20251101", "claude-opus-*")]
    [InlineData("gpt-5", null)]
    public void The_most_specific_pattern_covers_a_model_in_any_case_and_an_id_its_snapshots(string model, string? pattern) =>
        new LiveBudget("b", Good with { Models = ["claude-*", "claude-opus-*", "claude-opus-4"] }, new BudgetsSettings(), new ConcurrentDictionary<string, Slice>()).Covering(model).ShouldBe(pattern);

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929")]
    [InlineData("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5-20250929")]
    [InlineData("claude-sonnet-4-5-20250930[1m]", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5[1m]", "claude-sonnet-4-5")]
    public void A_snapshots_id_covers_it_with_a_context_mark_too(string model, string pattern) =>
        new LiveBudget("b", Good with { Models = ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5"] }, new BudgetsSettings(), new ConcurrentDictionary<string, Slice>()).Covering(model).ShouldBe(pattern);

    [Fact]
    public void Live_budgets_stand_in_place_of_the_profiles_or_switch_them_off()
    {
        var settings = new BudgetsSettings { Limits = new Dictionary<string, BudgetSettings> { ["a"] = Good, ["b"] = Good, ["c"] = Good } };
        var faults = new List<string>();

        var effective = BudgetCatalogue.Effective(settings, [new() { Name = "b" }, new() { Name = "c", Spec = """{"per":"nobody"}""" }, new() { Name = "d", Spec = BudgetJson.Write(Good with { Microdollars = 1 }) }], faults.Add);

        effective.Keys.Order().ShouldBe(["a", "c", "d"]);
        effective["c"].ShouldBe(Good);
        effective["d"].Microdollars.ShouldBe(1);
        faults.ShouldBe(["c"]);
    }

    [Fact]
    public void A_slice_is_found_again_by_its_name()
    {
        var id = new SliceId("trial", BudgetUnit.Microdollars, BudgetPeriod.Week, "user/somebody with blanks", BudgetWindow.Of(BudgetPeriod.Week, TimeZoneInfo.Utc, DateTimeOffset.UnixEpoch));

        SliceNames.Read(SliceNames.Write(id)).ShouldBe(id);
        foreach (var none in new[] { "", "a b c d e f", "a b c 1 99999999999999999999 f", "one" }) SliceNames.Read(none).ShouldBeNull();
    }

    [Fact]
    public void A_refusal_says_which_budget_how_much_and_until_when() =>
        new BudgetRefusal(BudgetFault.Exhausted, "trial", "user/alice", BudgetUnit.Microdollars, 5_000_000, 4_990_000, 20_000, DateTimeOffset.Parse("2026-12-01T00:00:00Z")).Sentence
            .ShouldBe("budget trial of user alice is used up: $4.99 of $5.00, and this call may take $0.02. It begins anew at 2026-12-01 00:00Z");
}
