using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Systemprompt.Published.Tests;

/// <summary>Content and search as the published file has them: by its command line and by HTTP, over this project's documentation and the template's pages.</summary>
public sealed class ContentTests(ContentFixture content) : IClassFixture<ContentFixture>
{
    [Theory]
    [InlineData("governence", "governance")]
    [InlineData("goverannce", "governance")]
    [InlineData("partitons", "partitions")]
    public async Task A_mistyped_word_finds_what_was_meant(string typed, string meant)
    {
        var answer = await SearchAsync(typed);

        answer.GetProperty("corrected").GetProperty(typed).GetString().ShouldBe(meant);
        answer.GetProperty("query").GetString().ShouldBe(meant);
        var first = answer.GetProperty("hits").EnumerateArray().First();
        $"{first.GetProperty("titleHtml")} {first.GetProperty("snippetHtml")}".ShouldContain("<mark>");
        (await content.Host.RunAsync("content", "search", typed, "--json")).Succeeded().Output.ShouldContain(meant);
        (await content.Host.Client.GetStringAsync($"search?q={typed}")).ShouldContain($"<strong>{meant}</strong>");
    }

    [Fact]
    public async Task Ranking_and_snippets_are_golden()
    {
        var page = new StringBuilder();
        foreach (var query in new[] { "governance", "governence", "audit chain", "rotate signing secret", "server.external_url", "\"audit trail\" -webhook", "partit" })
        {
            var answer = await SearchAsync(query, "&source=docs&limit=3");
            page.Append($"? {query}: {answer.GetProperty("total")} found\n");
            foreach (var hit in answer.GetProperty("hits").EnumerateArray())
                page.Append($"  {hit.GetProperty("item").GetProperty("url").GetString()}  {hit.GetProperty("titleHtml").GetString()}\n    {hit.GetProperty("snippetHtml").GetString()}\n");
        }

        var golden = Repository.InRoot("tests", "Systemprompt.Published.Tests", "ContentSearch.golden.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") await File.WriteAllTextAsync(golden, page.ToString());
        page.ToString().ShouldBe(await File.ReadAllTextAsync(golden));
    }

    [Fact]
    public async Task Faults_of_front_matter_name_file_line_and_column_and_the_good_version_stays()
    {
        await using var host = await content.AnotherAsync(new Dictionary<string, string>
        {
            ["docs/good.md"] = "---\ntitle: Good\n---\nQuokka.",
            ["docs/bad.md"] = "---\ntittle: Bad\npublished: soon\n---\nText.",
            ["docs/bomb.md"] = "# Bomb\n\n" + string.Concat(Enumerable.Repeat("[", 100_000)),
            ["docs/a b.md"] = "# Hostile",
        });
        string[] faults =
        [
            "content/docs/bad.md:2:1: unknown key 'tittle', did you mean 'title'?",
            "content/docs/bad.md:3:12: published: 'soon' is no date such as 2026-03-31",
            "content/docs/bomb.md:3:1: more than 4000 of [ * _ ~ in one paragraph",
            "content/docs/a b.md: its name cannot be an address",
        ];

        foreach (var command in new[] { "verify", "ingest" })
        {
            var run = await host.RunAsync("content", command);
            run.ExitCode.ShouldBe(1, run.Output);
            foreach (var fault in faults) run.Error.ShouldContain(fault);
            run.Error.ShouldNotContain("   at ");
        }

        await File.WriteAllTextAsync(Path.Combine(host.Folder, "content/docs/good.md"), "---\ntitle: [\n---\nOther.");
        (await host.RunAsync("content", "ingest")).ExitCode.ShouldBe(1);
        (await host.RunAsync("content", "show", "/docs/good")).Succeeded().Output.ShouldContain("Good");
        var json = await host.RunAsync("content", "verify", "--json");
        JsonElement.Parse(json.Output).GetProperty("faults").EnumerateArray().ShouldContain(fault => fault.GetProperty("line").GetInt64() == 2);
    }

    [Fact]
    public async Task Every_address_in_sitemap_and_feed_answers()
    {
        var pages = await AddressesAsync(content.Host);

        pages.ShouldContain(new Uri(content.Host.Address, "docs/governance").ToString());
        pages.ShouldContain(new Uri(content.Host.Address, "blog/shown").ToString());
        foreach (var page in pages)
        {
            using var answer = await content.Host.Client.GetAsync(page);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, page);
        }
    }

    [Fact]
    public async Task Redirects_are_permanent_and_pages_are_not_sent_twice()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = content.Host.Address };

        foreach (var (from, to) in new[] { ("docs/former-name", "/docs/moved"), ("docs/moved/", "/docs/moved") })
        {
            using var moved = await client.GetAsync(from);
            (moved.StatusCode, moved.Headers.Location?.OriginalString).ShouldBe((HttpStatusCode.MovedPermanently, to));
        }

        using var first = await client.GetAsync("docs/moved");
        first.Content.Headers.LastModified.ShouldNotBeNull();
        using var again = new HttpRequestMessage(HttpMethod.Get, "docs/moved");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await client.SendAsync(again);
        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        using var missing = await client.GetAsync("docs/nothing-here");
        (missing.StatusCode, missing.Content.Headers.ContentType!.MediaType).ShouldBe((HttpStatusCode.NotFound, "text/html"));
    }

    [Theory]
    [InlineData("blog?tag=%00", 200)]
    [InlineData("search?q=a&kind=%00", 200)]
    [InlineData("api/v1/content/items?tag=%00", 200)]
    [InlineData("docs/%C3%A9/", 301)]
    [InlineData("docs/a%0D%0Ab/", 301)]
    [InlineData("docs/%C3%A9", 404)]
    [InlineData("docs?page=400", 200)]
    [InlineData("docs?page=0", 404)]
    [InlineData("search?q=a&page=26", 404)]
    public async Task Addresses_that_nobody_made_are_no_failure_of_the_server(string path, int status)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = content.Host.Client.BaseAddress };

        using var answer = await client.GetAsync(path);

        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task Drafts_and_the_future_are_for_administrators_only()
    {
        using var admin = await content.Host.ClientForAsync("ann", "admin");
        using var user = await content.Host.ClientForAsync("alice");

        foreach (var path in new[] { "api/v1/content/search?q=wombat", "api/v1/content/items?tag=hidden" })
        {
            (await content.Host.Client.GetStringAsync(path)).ShouldNotContain("Hidden thing");
            (await admin.GetStringAsync(path + "&drafts=true")).ShouldContain("Hidden thing");
            (await user.GetAsync(path + "&drafts=true")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        (await content.Host.Client.GetAsync("blog/hidden")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await content.Host.Client.GetAsync("api/v1/content/items/blog/hidden.md")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await content.Host.Client.GetStringAsync("sitemap.xml")).ShouldNotContain("hidden");
    }

    [Fact]
    public async Task The_file_alone_serves_the_templates_pages_and_its_links_are_sound()
    {
        await using var host = await content.AnotherAsync([]);

        var page = await host.Client.GetStringAsync("docs/governance");
        page.ShouldContain("secret_scan");
        // In the site's own layout, which learns the title.
        WebUtility.HtmlDecode(page).ShouldContain("<title>Governance · ");
        page.ShouldContain($"<link rel=\"canonical\" href=\"{new Uri(host.Address, "docs/governance")}\" />");
        (await host.Client.GetStringAsync("search?q=governence")).ShouldContain("<mark>Governance</mark>");
        (await host.RunAsync("content", "verify")).Succeeded().Output.ShouldContain("files in embedded:content are fine");
        var links = new HashSet<string>();
        foreach (var address in await AddressesAsync(host))
            if (!address.EndsWith(".xml", StringComparison.Ordinal))
                foreach (var piece in (await host.Client.GetStringAsync(address)).Split("href=\"/").Skip(1)) links.Add(WebUtility.HtmlDecode(piece[..piece.IndexOf('"', StringComparison.Ordinal)]).Split('#')[0]);
        links.ShouldContain("docs/governance");
        foreach (var link in links)
        {
            using var answer = await host.Client.GetAsync(link);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, link);
        }
    }

    [Fact]
    public async Task A_watched_file_shows_without_a_restart()
    {
        await using var host = await content.AnotherAsync(new Dictionary<string, string> { ["docs/live.md"] = "# Before" }, watch: true);
        (await host.Client.GetStringAsync("docs/live")).ShouldContain("Before");

        await File.WriteAllTextAsync(Path.Combine(host.Folder, "content/docs/live.md"), "# After");

        await Condition.HoldsAsync("the page shows the change", TimeSpan.FromSeconds(10), async () => (await host.Client.GetStringAsync("docs/live")).Contains("After", StringComparison.Ordinal));
    }

    /// <summary>Every address that the sitemap and the feed name.</summary>
    private static async Task<IReadOnlyList<string>> AddressesAsync(PublishedHost host)
    {
        var map = XDocument.Parse(await host.Client.GetStringAsync("sitemap.xml")).Descendants().Where(element => element.Name.LocalName == "loc").Select(element => element.Value);
        return [.. map.Concat(XDocument.Parse(await host.Client.GetStringAsync("feed.xml")).Descendants().Attributes("href").Select(link => link.Value)).Distinct()];
    }

    private async Task<JsonElement> SearchAsync(string query, string more = "") =>
        JsonElement.Parse(await content.Host.Client.GetStringAsync($"api/v1/content/search?q={Uri.EscapeDataString(query)}{more}"));
}

/// <summary>A host beside whose file lies a folder <c>content/</c>: the documentation as it was at one time, and a few pages made for these tests.</summary>
public sealed class ContentFixture : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _others = [];
    private TestDatabase _database = null!;

    public PublishedHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        var corpus = Repository.InRoot("tests", "Systemprompt.Integration.Tests", "Content", "Corpus");
        var files = Directory.EnumerateFiles(corpus, "*.md").ToDictionary(file => $"docs/{Path.GetFileName(file)}", File.ReadAllText);
        files["docs/moved.md"] = "---\ntitle: Moved\nredirect_from: [/docs/former-name]\n---\nText.";
        files["blog/shown.md"] = "---\ntitle: Shown\npublished: 2020-05-05\ntags: [news]\n---\nNews.";
        files["blog/hidden.md"] = "---\ntitle: Hidden thing\ndraft: true\ntags: [hidden]\n---\nWombat.";
        files["blog/later.md"] = "---\ntitle: Hidden thing to come\npublished: 2999-01-01\ntags: [hidden]\n---\nWombat.";
        Host = await StartAsync(_database, files, watch: false);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (var other in _others) await other.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>A host with other content, on another database.</summary>
    public async Task<PublishedHost> AnotherAsync(Dictionary<string, string> files, bool watch = false)
    {
        var database = await TestDatabase.CreateAsync();
        _others.Add(database);
        return await StartAsync(database, files, watch);
    }

    private static async Task<PublishedHost> StartAsync(TestDatabase database, Dictionary<string, string> files, bool watch)
    {
        var host = PublishedHost.Create(database.Url, new HostOptions
        {
            Profile = "content",
            Profiles = new Dictionary<string, string> { ["content"] = new TestProfile { More = $"content: {{ watch: {(watch ? "on" : "off")} }}" }.ToString() },
        });
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(host.Folder, "content", path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text);
        }

        await host.StartAsync();
        return host;
    }
}
