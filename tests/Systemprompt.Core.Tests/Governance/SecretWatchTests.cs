using Systemprompt.Extensions;
using Systemprompt.Governance.Policies;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

public sealed class SecretWatchTests
{
    [Theory]
    [InlineData("Use a bearer token.")]
    [InlineData("The token: abc.")]
    [InlineData("See https://user:pass")]
    public void A_text_that_nothing_is_added_to_holds_no_other_back_for_long(string thoughts)
    {
        var watch = new SecretWatch(SecretScanner.All, warns: false);
        watch.Read(new AnswerText { Block = 1, Text = thoughts });
        watch.IsUndecided.ShouldBeTrue();

        var pieces = 0;
        while (watch.IsUndecided && pieces < 1000)
        {
            watch.Read(new AnswerText { Block = 2, Text = "the answer " });
            pieces++;
        }

        pieces.ShouldBeInRange(1, 100);
    }
}
