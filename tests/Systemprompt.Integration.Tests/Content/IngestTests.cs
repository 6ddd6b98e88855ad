using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Content;

namespace Systemprompt.Integration.Tests.Content;

public sealed class IngestTests : IAsyncLifetime
{
    private ContentRoom _room = null!;

    public async Task InitializeAsync() => _room = await ContentRoom.CreateAsync();

    public async Task DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task Only_what_changed_is_written_and_earlier_text_is_kept()
    {
        _room.Write("docs/a.md", "# First\n\nOne.");
        _room.Write("docs/b.md", "# Second\n\nTwo.");
        (await _room.IngestAsync()).Succeeded().Out.Trim().ShouldBe("2 added, 0 changed, 0 moved, 0 removed, 0 as they were");

        _room.Write("docs/a.md", "# First\n\nOne and more.");
        (await _room.IngestAsync()).Succeeded().Out.Trim().ShouldBe("0 added, 1 changed, 0 moved, 0 removed, 1 as they were");
        _room.Delete("docs/b.md");
        (await _room.IngestAsync()).Succeeded().Out.Trim().ShouldBe("0 added, 0 changed, 0 moved, 1 removed, 1 as they were");

        (await _room.AskAsync(content => content.FindAsync("/docs/a")))!.Html.ShouldBe("<p>One and more.</p>\n");
        (await _room.AskAsync(content => content.FindAsync("/docs/b"))).ShouldBeNull();
        (await _room.SearchAsync("two")).Hits.ShouldBeEmpty();
        var shown = (await _room.Commands.RunAsync("content", "show", "docs/a.md", "--json")).Succeeded().Json;
        var versions = shown.GetProperty("versions").EnumerateArray().ToList();
        versions.Select(version => version.GetProperty("change").GetString()).ShouldBe(["changed", "added"]);
        var first = versions[1].GetProperty("hash").GetString()![..10];
        (await _room.Commands.RunAsync("content", "show", "docs/a.md", "--version", first)).Succeeded().Out.Trim().ShouldBe("# First\n\nOne.");
        (await _room.Database.ScalarAsync<string>("select string_agg(change, ' ' order by id) from content.versions where path = 'b.md'")).ShouldBe("added removed");
    }

    [Fact]
    public async Task Old_versions_go_when_there_are_more_than_are_kept()
    {
        _room.Commands.Variables["KEEP_VERSIONS"] = "3";
        for (var version = 0; version < 6; version++)
        {
            _room.Write("docs/a.md", $"# A\n\nVersion {version}.");
            await _room.IngestAsync();
        }

        (await _room.Database.ScalarAsync<string>("select string_agg(right(rtrim(text, '.'), 1), '' order by id) from content.versions")).ShouldBe("345");
    }

    [Fact]
    public async Task A_faulty_file_keeps_its_good_version_and_the_others_are_taken_in()
    {
        _room.Write("docs/a.md", "---\ntitle: Good\n---\nText.");
        await _room.IngestAsync();
        _room.Write("docs/a.md", "---\ntitle: Bad\ntittle: x\n---\nOther.");
        _room.Write("docs/b.md", "# New");

        var run = await _room.IngestAsync();

        run.Code.ShouldBe(1);
        run.Error.ShouldContain("/content/docs/a.md:3:1: unknown key 'tittle', did you mean 'title'?");
        (await _room.AskAsync(content => content.FindAsync("/docs/a")))!.Title.ShouldBe("Good");
        (await _room.AskAsync(content => content.FindAsync("/docs/b"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_address_that_a_last_good_version_holds_is_a_fault_of_the_file_that_wants_it_and_no_others()
    {
        _room.Write("docs/a.md", "# A");
        _room.Write("docs/c.md", "# C");
        await _room.IngestAsync();
        // a leaves its address and cannot be rendered, c wants that address, d the one of c, and e none of them.
        _room.Write("docs/a.md", "---\ntitle: A\nslug: b\n---\n" + string.Concat(Enumerable.Repeat("[", 20_000)));
        _room.Write("docs/c.md", "---\ntitle: C anew\nslug: a\n---\n");
        _room.Write("docs/d.md", "---\ntitle: D\nslug: c\n---\n");
        _room.Write("docs/e.md", "# E");

        var run = await _room.IngestAsync();

        run.Code.ShouldBe(1);
        run.Error.ShouldContain("docs/c.md: its address /docs/a is held by the last good version of docs/a.md");
        run.Error.ShouldContain("docs/d.md: its address /docs/c is held by the last good version of docs/c.md");
        (await _room.AskAsync(content => content.ListAsync(new ContentFilter()))).Select(item => (item.Url, item.Title)).Order().ShouldBe([("/docs/a", "A"), ("/docs/c", "C"), ("/docs/e", "E")]);
    }

    [Fact]
    public async Task A_moved_file_and_a_changed_slug_leave_redirects_that_never_chain()
    {
        _room.Write("docs/old.md", "---\ntitle: Guide\nredirect_from: [/docs/ancient]\n---\nText.");
        await _room.IngestAsync();
        _room.Delete("docs/old.md");
        _room.Write("docs/new/guide.md", "---\ntitle: Guide\nredirect_from: [/docs/ancient]\n---\nText.");
        (await _room.IngestAsync()).Succeeded().Out.ShouldContain("1 moved");
        _room.Write("docs/new/guide.md", "---\ntitle: Guide\nslug: handbook\nredirect_from: [/docs/ancient]\n---\nText.");
        await _room.IngestAsync();

        foreach (var old in new[] { "/docs/old", "/docs/ancient", "/docs/new/guide" })
            (await _room.AskAsync(content => content.RedirectAsync(old))).ShouldBe("/docs/new/handbook", old);

        // A new file at an old address is itself, and the redirect is gone.
        _room.Write("docs/old.md", "# Another");
        await _room.IngestAsync();
        (await _room.AskAsync(content => content.RedirectAsync("/docs/old"))).ShouldBeNull();
        (await _room.AskAsync(content => content.FindAsync("/docs/old")))!.Title.ShouldBe("Another");
    }

    [Fact]
    public async Task Two_files_may_change_places_in_one_step()
    {
        _room.Write("docs/a.md", "---\ntitle: A\nslug: one\n---\n");
        _room.Write("docs/b.md", "---\ntitle: B\nslug: two\n---\n");
        await _room.IngestAsync();
        _room.Write("docs/a.md", "---\ntitle: A\nslug: two\n---\n");
        _room.Write("docs/b.md", "---\ntitle: B\nslug: one\n---\n");

        (await _room.IngestAsync()).Succeeded();

        (await _room.AskAsync(content => content.FindAsync("/docs/one")))!.Title.ShouldBe("B");
    }

    [Fact]
    public async Task Drafts_and_the_future_are_hidden_also_from_suggestions()
    {
        _room.Write("blog/draft.md", "---\ntitle: Draft\ndraft: true\n---\nZanzibar.");
        _room.Write("blog/later.md", "---\ntitle: Later\npublished: 2999-01-01\n---\nKilimanjaro.");
        _room.Write("blog/now.md", "---\ntitle: Now\npublished: 2020-01-01\n---\nMombasa.");
        await _room.IngestAsync();

        foreach (var hidden in new[] { "zanzibar", "kilimanjaro", "kilimanjar", "zanzibra" })
        {
            var results = await _room.SearchAsync(hidden);
            (results.Total, results.Corrected.Count).ShouldBe((0, 0), hidden);
        }

        (await _room.SearchAsync("zanzibar", new ContentFilter { IncludeHidden = true })).Total.ShouldBe(1);
        (await _room.SearchAsync("mombassa")).Corrected["mombassa"].ShouldBe("mombasa");
        (await _room.AskAsync(content => content.ListAsync(new ContentFilter()))).Select(item => item.Url).ShouldBe(["/blog/now"]);
        (await _room.Commands.RunAsync("content", "list")).Succeeded().Out.ShouldContain("scheduled");

        // Its time comes, and nobody takes files in.
        await _room.Database.ExecuteAsync("update content.items set published_at = now() - interval '1 minute' where path = 'later.md'");
        (await _room.SearchAsync("kilimanjaro")).Total.ShouldBe(1);
        await using var services = await _room.Commands.ServicesAsync();
        (await services.Provider.GetRequiredService<ContentIngest>().CountDueAsync(CancellationToken.None)).ShouldBe(1);
        (await _room.SearchAsync("kilimanjarro")).Corrected["kilimanjarro"].ShouldBe("kilimanjaro");
    }

    [Fact]
    public async Task Counted_words_are_those_of_the_items_whatever_happens_to_them()
    {
        _room.Write("docs/a.md", "# One\n\nshared alpha");
        _room.Write("docs/b.md", "# Two\n\nshared beta");
        await _room.IngestAsync();
        _room.Write("docs/a.md", "# One\n\nshared gamma");
        await _room.IngestAsync();
        _room.Delete("docs/b.md");
        await _room.IngestAsync();
        await _room.IngestAsync();

        (await _room.Database.ScalarAsync<string>("select string_agg(word || documents, ' ' order by word) from content.words")).ShouldBe("gamma1 one1 shared1");
    }

    [Fact]
    public async Task Replicas_that_start_together_take_in_once_and_a_watching_one_follows_changes()
    {
        for (var file = 0; file < 20; file++) _room.Write($"docs/f{file}.md", $"# File {file}");
        _room.Commands.Variables["WATCH"] = "on";
        var hosts = Enumerable.Range(0, 2).Select(_ => _room.Commands.Server()).ToList();
        await Task.WhenAll(hosts.Select(async host =>
        {
            await host.StartAsync(CancellationToken.None);
            await host.Started;
        }));
        (await _room.Database.ScalarAsync<long>("select count(*) from content.versions")).ShouldBe(20);

        _room.Write("docs/f3.md", "# Changed\n\nplatypus");
        await _room.Database.UntilAsync("select exists (select from content.items where title = 'Changed')");

        foreach (var host in hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task A_first_time_that_fails_is_tried_again(string watch)
    {
        _room.Write("docs/a.md", "# Alpha");
        _room.Commands.Variables["WATCH"] = watch;
        await _room.Database.ExecuteAsync("alter table content.items rename to items_away");
        await using var host = _room.Commands.Server();
        await host.StartAsync(CancellationToken.None);
        await host.Started;

        await _room.Database.ExecuteAsync("alter table content.items_away rename to items");

        await _room.Database.UntilAsync("select exists (select from content.items where title = 'Alpha')");
        await host.StopAsync();
    }

    [Fact]
    public async Task A_word_that_is_excluded_excludes_wherever_it_stands_and_in_every_language()
    {
        _room.Write("docs/both.md", "# Setup\n\nWith docker, while running.");
        _room.Write("docs/one.md", "# Setup\n\nWith hands.");
        _room.Write("raw/stiefel.md", "# Stiefel\n\nEin Text.");
        await _room.IngestAsync();

        foreach (var query in new[] { "setup -docker", "setup -running", "setup -run" })
            (await _room.SearchAsync(query)).Hits.Select(hit => hit.Item.Url).ShouldBe(["/docs/one"], query);
        (await _room.SearchAsync("setup")).Total.ShouldBe(2);
        (await _room.SearchAsync("stiefel")).Total.ShouldBe(1);
    }

    [Fact]
    public async Task What_no_item_can_have_finds_none()
    {
        _room.Write("docs/a.md", "# Alpha");
        await _room.IngestAsync();

        foreach (var filter in new ContentFilter[] { new() { Tag = "a\0" }, new() { Kind = "\0" }, new() { Category = "\0" }, new() { Language = "\0" }, new() { Sources = ["\0"] } })
            (await _room.AskAsync(content => content.ListAsync(filter))).ShouldBeEmpty();
        (await _room.SearchAsync("alpha", new ContentFilter { Tag = "\0" })).Total.ShouldBe(0);
    }

    [Fact]
    public async Task A_start_on_unchanged_files_writes_nothing()
    {
        _room.Write("docs/a.md", "# A");
        await _room.IngestAsync();
        var before = await _room.Database.ScalarAsync<string>("select xmin::text from content.state");

        await using var services = await _room.Commands.ServicesAsync();
        await services.Provider.GetRequiredService<ContentIngest>().RunIfChangedAsync(CancellationToken.None);

        (await _room.Database.ScalarAsync<string>("select xmin::text from content.state")).ShouldBe(before);
    }

    [Fact]
    public async Task Verify_lists_every_fault_of_every_file_and_touches_no_database()
    {
        _room.Write("docs/one.md", "# One\n\n[two](two.md) [none](none.md)\n\n[far](two.md#nothing) [here](#one)");
        _room.Write("docs/two.md", "---\ntitle: Two\nredirect_from: [/docs/two, /docs/one, /elsewhere]\n---\n## Part\n");
        _room.Write("docs/three.md", "---\ntitle: [\n---\n");
        _room.Write("docs/four.md", "no title here");
        _room.Write("docs/five.md", "---\ntitle: Five\nslug: one\npublished: soon\n---\n");
        _room.Write("docs/six.md", "# Six\n\n" + string.Concat(Enumerable.Repeat("> ", 5000)) + "deep");
        _room.Write("docs/a b.md", "# A");
        _room.Write("docs/-rm.md", "# A");
        _room.Write("docs/..md", "# A");
        File.WriteAllBytes(Path.Combine(_room.Folder, "docs", "latin.md"), [0x23, 0x20, 0xe9]);
        _room.Write("docs/large.md", new string('x', 1024 * 1024 + 1));
        _room.Commands.Variables["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none";

        var run = await _room.Commands.RunAsync("content", "verify");

        run.Code.ShouldBe(1);
        var golden = Path.Combine(ContentRoom.Here(), "verify.golden.txt");
        var faults = run.Error.Replace(_room.Folder, "content", StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") await File.WriteAllTextAsync(golden, faults);
        faults.ShouldBe(await File.ReadAllTextAsync(golden));
    }

    [Fact]
    public async Task A_link_out_of_the_folder_is_not_followed()
    {
        var secret = Path.Combine(Path.GetTempPath(), $"secret-{Guid.NewGuid():n}.md");
        await File.WriteAllTextAsync(secret, "# Secret");
        try
        {
            _room.Write("docs/a.md", "# A");
            File.CreateSymbolicLink(Path.Combine(_room.Folder, "docs", "b.md"), secret);
            Directory.CreateSymbolicLink(Path.Combine(_room.Folder, "docs", "c"), Path.GetTempPath());

            (await _room.IngestAsync()).Succeeded().Out.ShouldStartWith("1 added");
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public async Task Html_passes_from_a_trusted_source_only()
    {
        _room.Write("raw/a.md", "# A\n\n<b onclick=\"x()\">bold</b>");
        _room.Write("docs/a.md", "# A\n\n<b onclick=\"x()\">bold</b>");
        await _room.IngestAsync();

        (await _room.AskAsync(content => content.FindAsync("/raw/a")))!.Html.ShouldContain("<b onclick=\"x()\">");
        (await _room.AskAsync(content => content.FindAsync("/docs/a")))!.Html.ShouldBe("<p>&lt;b onclick=&quot;x()&quot;&gt;bold&lt;/b&gt;</p>\n");
    }
}
