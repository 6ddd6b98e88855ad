using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Content;
using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Content;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("one two", "((('one')) & (('two')))")]
    [InlineData("one or two three", "((('one'))) | ((('two')) & (('three')))")]
    [InlineData("\"in a row\" -not", "((('in') <-> ('a') <-> ('row')) & !('not'))")]
    [InlineData("server.external_url", "((('server') <-> ('external') <-> ('url')))")]
    [InlineData("-only", "")]
    [InlineData("  ", "")]
    [InlineData("or", "")]
    [InlineData("a' & !b:* \\", "((('a')) & (('b')))")]
    [InlineData("\"open", "((('open')))")]
    [InlineData("-\"a b\" c", "(!('a' <-> 'b') & (('c')))")]
    public void A_query_is_read_as_people_write_one(string text, string written) =>
        QueryText.Write(QueryText.Parse(text), word => [word]).ShouldBe(written);

    [Theory]
    [InlineData("one tw", "tw")]
    [InlineData("one tw ", null)]
    [InlineData("one \"tw\"", null)]
    [InlineData("one -tw", null)]
    [InlineData("a.b", null)]
    public void Only_a_plain_last_word_may_be_half_typed(string text, string? unfinished) => QueryText.Parse(text).Unfinished?.Words[0].ShouldBe(unfinished);

    [Fact]
    public void Whatever_is_typed_is_letters_digits_and_operators_afterwards() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), typed =>
        {
            var text = typed.Get.Length > 60 ? typed.Get[..60] : typed.Get;
            try
            {
                var written = QueryText.Write(QueryText.Parse(text), word => [word]);
                return written.Split('\'').Index().All(piece => piece.Index % 2 == 0
                    ? piece.Item.All(letter => letter is ' ' or '(' or ')' or '&' or '|' or '!' or '<' or '-' or '>')
                    : piece.Item.Length > 0 && !piece.Item.Any(char.IsPunctuation) && !piece.Item.Any(char.IsWhiteSpace));
            }
            catch (ContentException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("MapRoutes", "maproutes map routes")]
    [InlineData("HTTPServer2 x", "httpserver2 http server2 x")]
    [InlineData("don't e-mail", "don t e mail")]
    [InlineData("Größe ÉTÉ", "größe été")]
    [InlineData("😀 日本", "日本")]
    public void Words_are_runs_of_letters_and_digits_and_their_parts(string text, string words) => WordReader.Normalize(text).TrimEnd().ShouldBe(words);

    [Fact]
    public void A_run_that_is_data_is_no_word() => WordReader.Normalize($"a {new string('x', 65)} b").ShouldBe("a b ");

    [Fact]
    public void A_snippet_holds_no_markup_but_marks()
    {
        var words = new HashSet<string> { "b", "script" };

        Snippet.Of("a <b> & \"script\" </b>", words, words).ShouldBe("a &lt;<mark>b</mark>&gt; &amp; &quot;<mark>script</mark>&quot; &lt;/<mark>b</mark>&gt;");
    }

    [Fact]
    public void A_snippet_is_drawn_to_where_the_words_stand_together()
    {
        var text = $"one {string.Concat(Enumerable.Repeat("filler ", 100))}one two {string.Concat(Enumerable.Repeat("more ", 100))}";

        var snippet = Snippet.Of(text, new HashSet<string> { "one", "two" }, new HashSet<string> { "two" });

        snippet.ShouldContain("<mark>one</mark> <mark>two</mark>");
        snippet.ShouldStartWith("…");
        snippet.ShouldEndWith("…");
        snippet.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void Without_its_marks_a_snippet_is_a_part_of_the_text() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonEmptyString>(), (text, word) =>
        {
            var words = WordReader.Read(text.Get + " " + word.Get, parts: true).Take(3).Select(one => one.Text).ToHashSet();
            var plain = System.Net.WebUtility.HtmlDecode(Snippet.Of(text.Get, words, words).Replace("<mark>", "").Replace("</mark>", "")).Trim('…');
            return Flat(text.Get).Contains(Flat(plain), StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    private static string Flat(string text) => new([.. text.Where(letter => !char.IsWhiteSpace(letter) && !char.IsControl(letter))]);

    [Theory]
    [InlineData("Docs", "docs", "/docs", "a name is")]
    [InlineData("docs", "../up", "/docs", "no folder below content/")]
    [InlineData("docs", "docs", "docs", "no prefix such as /docs")]
    [InlineData("docs", "docs", "/api/docs", "are the server's")]
    [InlineData("docs", "docs", "/search", "are the server's")]
    [InlineData("docs", "docs", "/files/public", "are the server's")]
    [InlineData("docs", "docs", "/", "no prefix such as /docs")]
    public void A_source_that_does_not_fit_names_its_extension(string name, string folder, string prefix, string fault)
    {
        var thrown = Should.Throw<ExtensionException>(() => new SourceCatalogue(ExtensionRegistry.Create([new Room(new ContentSource(name, folder, prefix))])));

        thrown.Message.ShouldStartWith("extension 'room': content source");
        thrown.Message.ShouldContain(fault);
    }

    [Extension("room")]
    private sealed class Room(ContentSource source) : Extension
    {
        public override IReadOnlyList<ContentSource> ContentSources => [source];
    }
}
