namespace Systemprompt.Promises.Tests;

public sealed class PromiseRulesTests
{
    private static readonly IReadOnlyList<Promise> Good = [.. PromiseRules.Ids.Select(id => NotYet(id))];

    private static readonly Dictionary<string, TestMethod> Tests = TestMethod.In(
        """
        namespace A.B;
        public class Outer
        {
            public class Inner { [Theory, InlineData(1)] public void Nested(int n) { } }
            [Fact] public void Runs() { }
            [Fact(Skip = "flaky")] public void Sleeps() { }
            [PostgresFact] public async Task Special() { }
            public void Helps() { }
        }
        """, isRun: true).Concat(TestMethod.In("namespace C { class D { [Fact] void Idle() { } } }", isRun: false)).ToDictionary(test => test.Name);

    [Fact]
    public void A_complete_list_passes() => PromiseRules.Faults(Good, Tests).ShouldBeEmpty();

    [Fact]
    public void A_missing_an_unknown_and_a_double_id_are_found() =>
        PromiseRules.Faults([.. Good.Skip(1), NotYet("P48"), NotYet("P02")], Tests)
            .ShouldBe(["P01 is missing", "P48 is no known promise", "P02 is listed 2 times"]);

    [Theory]
    [InlineData("A.B.Outer.Runs", null)]
    [InlineData("A.B.Outer.Inner.Nested", null)]
    [InlineData("A.B.Outer.Special", null)]
    [InlineData("A.B.Outer.Sleeps", "P01: A.B.Outer.Sleeps is skipped")]
    [InlineData("A.B.Outer.Helps", "P01: there is no test A.B.Outer.Helps")]
    [InlineData("A.B.Outer.Gone", "P01: there is no test A.B.Outer.Gone")]
    [InlineData("C.D.Idle", "P01: C.D.Idle stands in a project that test.sh does not run")]
    public void A_named_test_must_exist_and_run(string test, string? fault) =>
        PromiseRules.Faults([new Promise { Id = "P01", Claim = "c", Status = "kept", Tests = [test] }, .. Good.Skip(1)], Tests)
            .ShouldBe(fault is null ? [] : [fault]);

    [Theory]
    [InlineData("kept", null, null, "P01 is kept, but names no test that shows it")]
    [InlineData("kept", "A.B.Outer.Runs", "w", "P01 is kept, so it needs no why")]
    [InlineData("not_yet", null, null, "P01 is not kept yet: say why")]
    [InlineData("not_yet", "A.B.Outer.Runs", "w", "P01 names tests, but is not kept yet")]
    [InlineData("half", null, "w", "P01 has the status 'half': kept and not_yet are the two")]
    public void A_half_said_promise_is_found(string status, string? test, string? why, string fault) =>
        PromiseRules.Faults(
            [new Promise { Id = "P01", Claim = "c", Status = status, Tests = test is null ? [] : [test], Why = why ?? "" }, .. Good.Skip(1)], Tests)
            .ShouldBe([fault]);

    [Fact]
    public void An_unknown_key_in_the_list_is_refused() =>
        Should.Throw<YamlDotNet.Core.YamlException>(() => Promise.Parse("- id: P01\n  proof: x\n"));

    [Fact]
    public void The_page_shows_tests_or_what_is_missing()
    {
        var page = PromisePage.Of([new Promise { Id = "P01", Claim = "One", Status = "kept", Tests = ["Systemprompt.X.Tests.A.B"] }, NotYet("P02")]);

        page.ShouldContain("1 of 2 are kept");
        page.ShouldContain("| P01 | One | **kept** | `X.Tests.A.B` |\n| P02 | c | not yet | w |\n");
    }

    private static Promise NotYet(string id) => new() { Id = id, Claim = "c", Status = "not_yet", Why = "w" };
}
