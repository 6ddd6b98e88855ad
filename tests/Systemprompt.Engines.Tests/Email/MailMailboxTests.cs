using Systemprompt.Email;

namespace Systemprompt.Engines.Tests.Email;

public sealed class MailMailboxTests
{
    [Theory]
    [InlineData("alice@example.com", "", "alice@example.com")]
    [InlineData("Alice Example <alice@example.com>", "Alice Example", "alice@example.com")]
    [InlineData("\"Example, Alice\" <alice@example.com>", "Example, Alice", "alice@example.com")]
    [InlineData("kontakt@bücher.example", "", "kontakt@xn--bcher-kva.example")]
    public void A_mailbox_is_read(string text, string name, string address) => MailMailbox.Parse(text).ShouldBe(new MailMailbox(name, address));

    [Theory]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("alice@")]
    [InlineData("alice@example.com, bob@example.com")]
    [InlineData("alice@example.com, Bob <bob@example.com>")]
    [InlineData("alice@example.com\r\nBcc: eve@example.com")]
    [InlineData("\"a\r\nBcc: eve@example.com\" <alice@example.com>")]
    [InlineData("jörg@example.com")]
    [InlineData("\"a b\"@example.com")]
    public void What_is_no_plain_address_is_refused(string text)
    {
        MailMailbox.TryParse(text, out _, out var fault).ShouldBeFalse();
        fault.ShouldNotContain("\n");
        fault.ShouldNotBeEmpty();
    }
}
