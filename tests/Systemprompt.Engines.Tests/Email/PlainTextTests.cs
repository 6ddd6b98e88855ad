using Systemprompt.Email;

namespace Systemprompt.Engines.Tests.Email;

public sealed class PlainTextTests
{
    [Fact]
    public void Paragraphs_lists_lines_and_links_survive() =>
        PlainText.From(
            """
            <!DOCTYPE html>
            <html><head><title>no</title><style>p { color: red }</style></head><body>
            <h1>Hello &amp; welcome</h1>
            <p>One<br>two <b>three</b>.</p>
            <ul><li>first</li><li>second</li></ul>
            <p>See <a href="https://example.com/?a=1&amp;b=2">the page</a> or <a href="https://example.com/">https://example.com/</a>.</p>
            </body></html>
            """).ShouldBe(
            """
            Hello & welcome

            One
            two three.

            - first
            - second

            See the page (https://example.com/?a=1&b=2) or https://example.com/.

            """.ReplaceLineEndings("\n"));

    [Fact]
    public void What_looks_like_markup_in_encoded_text_stays_text() => PlainText.From("<p>a &lt;b&gt; c</p>").ShouldBe("a <b> c\n");
}
