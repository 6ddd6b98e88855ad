using System.Diagnostics;
using Systemprompt.Content;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Content;

public sealed class MarkdownTests
{
    [Theory]
    [InlineData("[a](javascript:alert(1))", "<p>a</p>")]
    [InlineData("[a](JaVaScRiPt:alert(1))", "<p>a</p>")]
    [InlineData("[a](java&#10;script:alert(1))", "<p>a</p>")]
    [InlineData("[a]( <data:text/html,x> )", "<p>a</p>")]
    [InlineData("[**a**][r]\n\n[r]: vbscript:x", "<p><strong>a</strong></p>")]
    [InlineData("<javascript:alert(1)>", "<p>javascript:alert(1)</p>")]
    [InlineData("[a](//evil.example)", "<p>a</p>")]
    [InlineData("[a](\\\\evil.example)", "<p>a</p>")]
    [InlineData("![a](http://x.example/a.png)", "<p>a</p>")]
    [InlineData("![a](data:image/png;base64,AA)", "<p>a</p>")]
    [InlineData("![a](https://x.example/a.png)", "<p><img src=\"https://x.example/a.png\" alt=\"a\" /></p>")]
    [InlineData("![a](/assets/a.png)", "<p><img src=\"/assets/a.png\" alt=\"a\" /></p>")]
    [InlineData("[a](https://x.example) <b@x.example>", "<p><a href=\"https://x.example\">a</a> <a href=\"mailto:b@x.example\">b@x.example</a></p>")]
    [InlineData("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>")]
    [InlineData("a <img src=x onerror=y>", "<p>a &lt;img src=x onerror=y&gt;</p>")]
    [InlineData("- [ ] a\n- [x] b", "<li class=\"task-list-item\"><input aria-label=\"done\" disabled=\"disabled\" type=\"checkbox\" checked=\"checked\" /> b</li>")]
    [InlineData("```sh\nls\n```", "<pre><code class=\"language-sh\">ls\n</code></pre>")]
    [InlineData("## A b", "<h2 id=\"a-b\">A b</h2>")]
    [InlineData("|a|b|\n|-:|-|\n|1|2|", "<th class=\"right\" scope=\"col\">a</th>")]
    [InlineData("[x](other.md) [y](sub/Read.md#part) [z](../blog/p.md)", "<p><a href=\"/docs/other\">x</a> <a href=\"/docs/sub/read#part\">y</a> <a href=\"/blog/p\">z</a></p>")]
    [InlineData("[x](../../up.md) [y](#part) [z](other.txt)", "<p><a href=\"../../up.md\">x</a> <a href=\"#part\">y</a> <a href=\"other.txt\">z</a></p>")]
    public void Markdown_becomes_html_that_is_safe(string markdown, string html)
    {
        var rendered = Render("# T\n\n" + markdown, out var faults)!;

        faults.ShouldBeEmpty();
        rendered.Html.ShouldContain(html);
        rendered.Html.ShouldNotContain("style=");
        rendered.Html.ShouldNotContain("<h1");
    }

    public static TheoryData<string> Bombs => ["> ", "[", "![", "[a](", "*a ", "**a* ", "1. ", "- ", "[^", "_a", "~~a ", "`a ", "<a ", "|a", "&#", "((", "a|", "#", "***", "\\", "[a]: ", "http://", "a\n> ", "[a]\n"];

    /// <summary>What is written to be expensive is refused, or costs in proportion to its size. Without the caps a megabyte of the worst takes minutes, so that a slow machine is no excuse.</summary>
    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_of_any_size_is_refused_or_cheap(string piece)
    {
        var (small, large) = (Time(250_000), Time(1_000_000));

        large.ShouldBeLessThan(TimeSpan.FromSeconds(5) + (small * 12), $"'{piece}': {small.TotalMilliseconds} ms, then {large.TotalMilliseconds} ms");

        TimeSpan Time(int size)
        {
            var text = "# T\n\n" + string.Concat(Enumerable.Repeat(piece, size / piece.Length));
            var from = Stopwatch.GetTimestamp();
            var rendered = Render(text, out var faults);
            (rendered is null).ShouldBe(faults.Count > 0);
            return Stopwatch.GetElapsedTime(from);
        }
    }

    [Theory]
    [InlineData(4000, true)]
    [InlineData(4001, false)]
    public void The_cap_on_openers_in_a_paragraph_is_exact(int count, bool fits)
    {
        var text = $"# T\n\n{string.Concat(Enumerable.Repeat("a_ ", count))}\n\nb";

        (MarkdownLimits.Find(text) is null).ShouldBe(fits);
        if (!fits) MarkdownLimits.Find(text)!.Value.Line.ShouldBe(3);
    }

    [Fact]
    public void Title_and_summary_come_from_the_text_when_nothing_says_them()
    {
        var rendered = Render("# My *title*\n\nThe `first` paragraph, " + new string('x', 10) + string.Concat(Enumerable.Repeat(" word", 100)), out _)!;

        rendered.Title.ShouldBe("My title");
        rendered.Summary!.ShouldStartWith("The first paragraph, ");
        rendered.Summary!.Length.ShouldBeLessThanOrEqualTo(280);
        rendered.Summary.ShouldEndWith("word…");
        Render("text only", out var faults).ShouldBeNull();
        faults.ShouldHaveSingleItem().ToString().ShouldStartWith("content/docs/f.md:1:1: has no title");
    }

    private static RenderedDocument? Render(string markdown, out List<ProfileFault> faults)
    {
        faults = [];
        var sources = new SourceCatalogue(ExtensionRegistry.Create([new Room()]));
        return new MarkdownRenderer(sources).Render(new ContentDocument
        {
            Source = sources.All[0], Path = "f.md", File = "content/docs/f.md", Url = "/docs/f", Front = new FrontMatter(), Text = markdown, Markdown = markdown, Hash = "", Rendered = "",
        }, faults);
    }

    [Extension("room")]
    private sealed class Room : Extension
    {
        public override IReadOnlyList<ContentSource> ContentSources => [new("docs", "docs", "/docs"), new("blog", "blog", "/blog")];
    }
}
