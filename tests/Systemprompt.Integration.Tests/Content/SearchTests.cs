using System.Text;
using Systemprompt.Content;

namespace Systemprompt.Integration.Tests.Content;

/// <summary>Search over this project's own documentation.</summary>
public sealed class SearchTests(SearchTests.Documentation docs) : IClassFixture<SearchTests.Documentation>
{
    [Fact]
    public async Task Ranking_and_snippets_are_those_of_the_golden_file()
    {
        string[] queries =
        [
            "governance", "governence", "governan", "audit chain", "\"signing secret\" or \"binary copy\"", "server.external_url", "MapRoutes", "webhook -signature", "rate limits", "how do I rotate secrets",
            "partitons", "postgres", "jobs retry backoff", "kubernetes", "the",
        ];
        var page = new StringBuilder();
        foreach (var query in queries)
        {
            var results = await docs.Room.SearchAsync(query, new ContentFilter { Limit = 4 });
            page.Append($"? {query}\n  {results.Total} found");
            foreach (var (mistyped, meant) in results.Corrected) page.Append($", {mistyped} -> {meant}");
            page.Append('\n');
            foreach (var hit in results.Hits) page.Append($"  {hit.Item.Url}  {hit.TitleHtml}\n    {hit.SnippetHtml}\n");
        }

        var golden = Path.Combine(ContentRoom.Here(), "search.golden.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") await File.WriteAllTextAsync(golden, page.ToString());
        page.ToString().ShouldBe(await File.ReadAllTextAsync(golden));
    }

    [Theory]
    [InlineData("governence", "governance")]
    [InlineData("governnance", "governance")]
    [InlineData("goverance", "governance")]
    [InlineData("polciy", "policy")]
    [InlineData("authentcation", null)]
    [InlineData("xyzzyplugh", null)]
    public async Task A_slip_of_the_pen_finds_what_was_meant_and_says_so(string typed, string? meant)
    {
        var results = await docs.Room.SearchAsync(typed);

        results.Corrected.GetValueOrDefault(typed).ShouldBe(meant);
        if (meant is null) return;
        results.Hits.ShouldNotBeEmpty();
        results.Hits.Select(hit => hit.Item.Url).Take(3).ShouldContain("/docs/governance");
    }

    [Theory]
    [InlineData("gov")]
    [InlineData("governa")]
    [InlineData("GOVERNANCE")]
    [InlineData("govérnance")]
    [InlineData("governing")]
    public async Task Beginnings_forms_cases_and_accents_find_it_too(string typed) =>
        (await docs.Room.SearchAsync(typed)).Hits.Select(hit => hit.Item.Url).Take(3).ShouldContain("/docs/governance");

    [Theory]
    [InlineData("'")]
    [InlineData("a' | 'b")]
    [InlineData("\"")]
    [InlineData("((( & | !")]
    [InlineData("-secret")]
    [InlineData("or or or")]
    [InlineData("\\ :* <-> \0")]
    [InlineData("日本語 ünïcödé 😀")]
    public async Task Nothing_that_can_be_typed_is_a_fault(string typed) => await Should.NotThrowAsync(() => docs.Room.SearchAsync(typed));

    [Fact]
    public async Task What_is_too_long_is_refused()
    {
        await Should.ThrowAsync<ContentException>(() => docs.Room.SearchAsync(new string('a', 201)));
        await Should.ThrowAsync<ContentException>(() => docs.Room.SearchAsync(string.Join(' ', Enumerable.Repeat("a", 17))));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap()
    {
        var all = (await docs.Room.SearchAsync("server", new ContentFilter { Limit = 100 })).Hits.Select(hit => hit.Item.Url).ToList();
        var paged = new List<string>();
        for (var offset = 0; offset < all.Count; offset += 2) paged.AddRange((await docs.Room.SearchAsync("server", new ContentFilter { Limit = 2, Offset = offset })).Hits.Select(hit => hit.Item.Url));

        all.Count.ShouldBeGreaterThan(3);
        paged.ShouldBe(all);
    }

    public sealed class Documentation : IAsyncLifetime
    {
        internal ContentRoom Room { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Room = await ContentRoom.CreateAsync();
            foreach (var file in Directory.EnumerateFiles(ContentRoom.Corpus, "*.md")) Room.Write($"docs/{Path.GetFileName(file)}", await File.ReadAllTextAsync(file));
            (await Room.IngestAsync()).Succeeded();
        }

        public async Task DisposeAsync() => await Room.DisposeAsync();
    }
}
