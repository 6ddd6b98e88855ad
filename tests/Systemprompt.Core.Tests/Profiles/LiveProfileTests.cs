using Systemprompt.Governance;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Profiles;

public sealed class LiveProfileTests
{
    [Fact]
    public void What_is_set_live_stands_over_the_profile_and_the_rest_of_a_record_stays()
    {
        var live = Live("governance: { rate: { per_minute: 5, burst: 7 } }");
        live.Replace([new("governance.rate.per_minute", "9")]).ShouldBeEmpty();
        var rate = live.Current.Section<GovernanceSettings>().Rate;
        (rate.PerMinute, rate.Burst).ShouldBe((9, 7));
        live.Base.Section<GovernanceSettings>().Rate.PerMinute.ShouldBe(5);

        live.Replace([]).ShouldBeEmpty();
        live.Current.ShouldBeSameAs(live.Base);
    }

    [Fact]
    public void What_is_deeper_goes_over_what_it_is_part_of()
    {
        var live = Live("");
        live.Replace([new("governance.rate.burst", "3"), new("governance.rate", "{ per_minute: 8, burst: 100 }")]).ShouldBeEmpty();
        var rate = live.Current.Section<GovernanceSettings>().Rate;
        (rate.PerMinute, rate.Burst).ShouldBe((8, 3));
    }

    [Fact]
    public void Sections_that_are_not_touched_stay_the_same_instance_and_those_who_listen_hear_of_a_change_once()
    {
        var live = Live("");
        var heard = 0;
        using var subscription = live.OnChange(() => heard++);
        var (limits, governance) = (live.Current.Section<RateLimitSettings>(), live.Current.Section<GovernanceSettings>());

        live.Replace([new("governance.rate.burst", "3")]);
        live.Replace([new("governance.rate.burst", "3")]);

        heard.ShouldBe(1);
        live.Current.Section<RateLimitSettings>().ShouldBeSameAs(limits);
        live.Current.Section<GovernanceSettings>().ShouldNotBeSameAs(governance);
    }

    [Theory]
    [InlineData("governance.rate.per_minute", "0", "governance.rate.per_minute: 0 is out of range")]
    [InlineData("governance.rate.per_minutes", "1", "did you mean 'per_minute'")]
    [InlineData("governance.rate.per_minute", "many", "'many' is not")]
    [InlineData("governance.hook_max_body", "8MB", "cannot be set live")]
    [InlineData("governance.rat", "1", "did you mean 'governance.rate'?")]
    [InlineData("rate_limits.enabled", "false", "cannot be set live")]
    [InlineData("governance.rate..burst", "1", "is no key")]
    [InlineData("governance.blocklist.tools", "[a, b", "governance.blocklist.tools:2:1: not well-formed")]
    [InlineData("governance.blocklist.tools", "*x", "alias")]
    [InlineData("governance.blocklist.inputs", "['(unclosed']", "is no regular expression")]
    [InlineData("governance.rate", "---\na: 1\n---\nb: 1", "a second document")]
    [InlineData("governance.rate.burst", "", "no value")]
    [InlineData("governance.secret_scan.disabled", "[\"${JWT_SECRET}\"]", "variables and files are not filled in here")]
    [InlineData("governance.blocklist", "{ inputs: [\"${file:/etc/passwd}\"] }", "variables and files are not filled in here")]
    public void What_cannot_be_is_said_and_changes_nothing(string key, string value, string fault)
    {
        var live = Live("");
        var found = live.Replace([new(key, value), new("governance.rate.burst", "3")]).Where(entry => entry.Value.Key == key && entry.Value.Text == value).ShouldHaveSingleItem();
        found.Fault.ShouldContain(fault);
        live.Current.Section<GovernanceSettings>().Rate.Burst.ShouldBe(3);
    }

    private static LiveProfile Live(string yaml)
    {
        var sections = new GovernanceExtension().Settings.Append(SettingsSection.Of<RateLimitSettings>("rate_limits", RateLimitSettings.Validate)).ToList();
        return new LiveProfile(new Profile(ProfileLoader.Parse("test", "test/profile.yaml", $"tenant: acme\n{yaml}", sections, _ => null)));
    }
}
