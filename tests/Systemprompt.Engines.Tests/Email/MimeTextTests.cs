using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Email;

namespace Systemprompt.Engines.Tests.Email;

public sealed partial class MimeTextTests
{
    [Fact]
    public void Any_text_makes_one_header_of_ascii_that_cannot_end_early() =>
        Prop.ForAll<string>(text => text is null || IsOneHeader(MimeText.HeaderText(text, 9))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("Invoice\r\nBcc: eve@example.com")]
    [InlineData("Invoice\nBcc: eve@example.com")]
    [InlineData("Invoice\u2028Bcc: eve@example.com")]
    [InlineData("Grüße\r\n\r\n<html>")]
    public void A_line_break_in_a_subject_adds_no_header(string subject) => IsOneHeader(MimeText.HeaderText(subject, 9)).ShouldBeTrue();

    [Theory]
    [InlineData("Rechnung für März – 100 € fällig, bitte überweisen Sie den Betrag bis zum Monatsende auf unser Konto")]
    [InlineData("日本語の件名はとても長くなることがあります。それでも壊れてはいけません。👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽")]
    [InlineData("=?utf-8?B?c3Bvb2Y=?=")]
    public void A_subject_comes_back_from_its_encoded_words(string subject)
    {
        var header = MimeText.HeaderText(subject, 9);

        header.Split("\r\n").ShouldAllBe(line => line.Length <= 78);
        Decode(header).ShouldBe(subject);
    }

    [Fact]
    public void A_body_comes_back_from_quoted_printable() =>
        Prop.ForAll<string>(text => text is null || !IsWellFormed(text) || Unquote(MimeText.QuotedPrintable(text)) == text.ReplaceLineEndings("\r\n") + "\r\n")
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1000, 'x')]
    [InlineData(1000, 'ü')]
    [InlineData(75, '=')]
    [InlineData(76, ' ')]
    public void No_line_of_a_body_is_longer_than_76(int count, char character)
    {
        var body = MimeText.QuotedPrintable(new string(character, count));

        body.Split("\r\n").ShouldAllBe(line => line.Length <= 76);
        Unquote(body).ShouldBe(new string(character, count) + "\r\n");
    }

    [Fact]
    public void What_servers_alter_on_the_way_is_encoded()
    {
        var body = MimeText.QuotedPrintable(".\nFrom me\ntrailing \n");

        body.ShouldBe("=2E\r\n=46rom me\r\ntrailing=20\r\n\r\n");
    }

    [Fact]
    public void A_name_in_an_address_is_quoted_or_encoded()
    {
        MimeText.HeaderMailbox(new MailMailbox("Ann \"A\" O'Neil", "a@example.com")).ShouldBe("\"Ann \\\"A\\\" O'Neil\"\r\n <a@example.com>");
        MimeText.HeaderMailbox(new MailMailbox("Zoë", "z@example.com")).ShouldBe("=?utf-8?B?Wm/Dqw==?=\r\n <z@example.com>");
        MimeText.HeaderMailbox(new MailMailbox("", "z@example.com")).ShouldBe("z@example.com");
    }

    internal static string Unquote(string body)
    {
        var bytes = new List<byte>();
        var text = body.Replace("=\r\n", "", StringComparison.Ordinal);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '=')
            {
                bytes.Add(Convert.ToByte(text.Substring(at + 1, 2), 16));
                at += 2;
            }
            else
            {
                bytes.Add((byte)text[at]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Decode(string header) =>
        string.Concat(Word().Matches(header).Select(match => Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups[1].Value))));

    private static bool IsOneHeader(string value) =>
        value.All(c => c is >= ' ' and <= '~' or '\r' or '\n')
        && !value.Replace("\r\n ", "", StringComparison.Ordinal).Contains('\n', StringComparison.Ordinal)
        && !value.Replace("\r\n ", "", StringComparison.Ordinal).Contains('\r', StringComparison.Ordinal);

    private static bool IsWellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    [GeneratedRegex("=\\?utf-8\\?B\\?([^?]*)\\?=")]
    private static partial Regex Word();
}
