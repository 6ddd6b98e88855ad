using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;
using Systemprompt.Core.Tests.Governance;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Ai;

public sealed class SessionIdsTests
{
    [Theory]
    [InlineData("""{"device_id":"d","account_uuid":"","session_id":"0b6f3e1a-1"}""", "0b6f3e1a-1")]
    [InlineData("""{"a":{"session_id":"inner"},"session_id":"outer"}""", "outer")]
    [InlineData("user_abc_account__session_0b6f3e1a-1", "0b6f3e1a-1")]
    [InlineData("user_session_1_session_2", "2")]
    [InlineData("""{"session_id":7}""", null)]
    [InlineData("""{"session_id":""}""", "")]
    [InlineData("""{"session_id":"half""", null)]
    [InlineData("""{"\ud800ession_id":"x"}""", null)]
    [InlineData("somebody@example.com", null)]
    [InlineData("", null)]
    public void A_session_is_found_where_the_clients_put_it(string userId, string? session) => SessionIds.FromUserId(userId).ShouldBe(session);

    [Fact]
    public void No_user_id_makes_it_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            SessionIds.FromUserId(text.Get);
            SessionIds.FromUserId("{" + text.Get);
            SessionIds.FromUserId("{\"" + text.Get + "\":\"\\ud800\",\"session_id\":\"s\"}");
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("s-1", "s-1")]
    public void What_is_recorded_is_what_there_is(string? session, string? recorded) => SessionIds.Recorded(session).ShouldBe(recorded);

    [Fact]
    public void What_is_recorded_is_cut() => SessionIds.Recorded(new string('s', 500)).ShouldBe(new string('s', 128));

    [Fact]
    public void A_credential_across_the_cut_is_not_recorded_in_part()
    {
        var secret = SecretScannerTests.Sample(SecretRules.All.First(rule => rule.Id == "anthropic_key"), 40, seed: 3);

        SessionIds.Recorded(new string('s', 100) + " " + secret).ShouldBe("[redacted]");
    }
}
