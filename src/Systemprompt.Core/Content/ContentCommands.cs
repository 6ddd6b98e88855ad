using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary><c>content ingest|list|show|search|verify</c></summary>
internal static class ContentCommands
{
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only this kind, such as post." };
    private static readonly Option<string?> Category = new("--category") { Description = "Only this category." };
    private static readonly Option<string?> Tag = new("--tag") { Description = "Only with this tag." };
    private static readonly Option<string?> Source = new("--source") { Description = "Only of this source; 'extensions show' names them." };
    private static readonly Option<string?> Language = new("--language") { Description = "Only in this language, such as en." };
    private static readonly Option<bool> Published = new("--published") { Description = "Only what everybody sees: no drafts, nothing dated in the future." };
    private static readonly Option<bool> Drafts = new("--drafts") { Description = "Drafts and what is dated in the future too." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, up to 10000.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<int> Offset = new("--offset") { Description = "How many to pass over." };
    private static readonly Argument<string> Place = new("item") { Description = "An address such as /docs/setup, or source and file such as docs/setup.md." };
    private static readonly Option<string?> Version = new("--version") { Description = "Print the Markdown of this version: the beginning of its hash." };
    private static readonly Argument<string[]> Words = new("words") { Description = "What to look for: words, \"words in a row\", or, -excluded (with -- in front of all).", Arity = ArgumentArity.OneOrMore };

    public static void Map(CommandMap commands)
    {
        commands.Map("content ingest", "Takes Markdown from content/ into the database: what changed, and no more. A file with a fault keeps its last good version.", "content ingest", [], IngestAsync);
        commands.Map("content list", "Lists items, the newest first, and whether everybody sees them.", "content list --kind page --limit 5", [Kind, Category, Tag, Source, Language, Published, Limit, Offset], ListAsync);
        commands.Map("content show", "Shows an item, its earlier versions and where it comes from.", "content show /docs", [Place, Version], ShowAsync);
        commands.Map("content search", "Looks for words as the site does.", "content search governence --limit 3", [Words, Kind, Category, Tag, Source, Language, Drafts, Limit, Offset], SearchAsync);
        commands.Map("content verify", "Checks every file without writing: front matter, names, addresses, redirects, links.", "content verify", [], VerifyAsync);
    }

    private static async Task<int> IngestAsync(CliCall call, CancellationToken cancellationToken)
    {
        IngestReport report;
        try
        {
            report = await (await call.ServicesAsync(cancellationToken)).GetRequiredService<ContentIngest>().RunAsync(cancellationToken);
        }
        catch (ContentException fault)
        {
            throw new CliException(fault.Message);
        }

        if (call.Output.IsJson) call.Output.Document(new { report.Added, report.Changed, report.Moved, report.Removed, report.Same, faults = report.Faults.Select(FaultView.Of).ToList() });
        else call.Output.Line($"{report.Added} added, {report.Changed} changed, {report.Moved} moved, {report.Removed} removed, {report.Same} as they were");
        return Faults(call, report.Faults);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        var now = call.Composition.Clock.GetUtcNow();
        var items = await services.GetRequiredService<IContent>().ListAsync(Filter(call) with { IncludeHidden = !call.Get(Published) }, cancellationToken);
        call.Output.List(
            items, ("address", item => item.Url), ("title", item => item.Title), ("kind", item => item.Kind), ("tags", item => string.Join(" ", item.Tags)),
            ("published", item => item.PublishedAt), ("state", item => State(item, now)), ("hash", item => item.Hash[..12]));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        var (library, store, place) = (services.GetRequiredService<IContent>(), services.GetRequiredService<ItemStore>(), call.Get(Place)!);
        var item = place.StartsWith('/') ? await library.FindAsync(place.Length > 1 ? place.TrimEnd('/') : place, includeHidden: true, cancellationToken)
            : place.Split('/', 2) is [var source, var path] ? await library.FindAsync(source, path, includeHidden: true, cancellationToken) : null;
        if (item is null && place.StartsWith('/') && await library.RedirectAsync(place, cancellationToken) is { } target) throw new CliException($"{place} leads to {target}");
        if (item is null) throw new CliException($"there is no item '{place}'; 'content list' shows what there is");
        if (call.Get(Version) is { } version)
        {
            var text = await store.TextAsync(item.Source, item.Path, version, cancellationToken) ?? throw new CliException($"no kept version of {item.Source}/{item.Path} has a hash that begins with '{version}', or several have");
            if (call.Output.IsJson) call.Output.Document(new { item.Url, version, text });
            else call.Output.Line(text);
            return 0;
        }

        var versions = await store.VersionsAsync(item.Source, item.Path, cancellationToken);
        if (call.Output.IsJson)
        {
            call.Output.Document(new { item, versions });
            return 0;
        }

        call.Output.Item(
            item, ("address", it => it.Url), ("title", it => it.Title), ("summary", it => it.Summary), ("file", it => $"content source {it.Source}, {it.Path}"), ("kind", it => it.Kind), ("category", it => it.Category),
            ("tags", it => string.Join(" ", it.Tags)), ("language", it => it.Language), ("state", it => State(it, call.Composition.Clock.GetUtcNow())), ("published", it => it.PublishedAt), ("updated", it => it.UpdatedAt), ("hash", it => it.Hash));
        call.Output.List(versions, ("version", row => row.At), ("what", row => row.Change), ("hash", row => row.Hash[..12]), ("address", row => row.Url), ("characters", row => row.Characters));
        return 0;
    }

    private static async Task<int> SearchAsync(CliCall call, CancellationToken cancellationToken)
    {
        var library = (await call.ServicesAsync(cancellationToken)).GetRequiredService<IContent>();
        ContentResults results;
        try
        {
            results = await library.SearchAsync(string.Join(' ', call.Get(Words)!), Filter(call) with { IncludeHidden = call.Get(Drafts) }, cancellationToken);
        }
        catch (ContentException fault)
        {
            throw new CliException(fault.Message, 2);
        }

        if (call.Output.IsJson)
        {
            call.Output.Document(results);
            return 0;
        }

        foreach (var (mistyped, meant) in results.Corrected) call.Output.Notice($"looked for '{meant}' besides '{CliOutput.Visible(mistyped)}', which stands nowhere");
        call.Output.List(results.Hits, ("score", hit => hit.Score.ToString("0.000")), ("address", hit => hit.Item.Url), ("title", hit => hit.Item.Title), ("where", hit => Plain(hit.SnippetHtml, 110)));
        call.Output.Notice(results.HasMore ? $"more than {SearchStore.Candidates} items match; the best of them are shown" : $"{results.Total} found");
        return 0;
    }

    private static Task<int> VerifyAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = call.OfflineServices();
        var (tree, renderer) = (services.GetRequiredService<ContentReader>().Read(), services.GetRequiredService<MarkdownRenderer>());
        var faults = tree.Faults.ToList();
        var documents = tree.Documents.Select(document => renderer.Render(document, faults)).OfType<RenderedDocument>().ToList();
        faults.AddRange(LinkCheck.Run(documents, tree.Faulty.Concat(tree.Documents.Except(documents.Select(item => item.Document)).Select(document => document.Key)), services.GetRequiredService<SourceCatalogue>()));
        if (call.Output.IsJson) call.Output.Document(new { tree.Place, files = tree.Documents.Count + tree.Faulty.Count, faults = faults.Select(FaultView.Of).ToList() });
        else if (faults.Count == 0) call.Output.Line($"{documents.Count} files in {tree.Place} are fine");
        return Task.FromResult(Faults(call, faults));
    }

    private static int Faults(CliCall call, IReadOnlyList<ProfileFault> faults)
    {
        foreach (var fault in faults.OrderBy(fault => fault.Source, StringComparer.Ordinal).ThenBy(fault => fault.Line)) call.Output.Notice(CliOutput.Visible(fault.ToString()));
        if (faults.Count > 0) call.Output.Notice($"{faults.Count} faults");
        return faults.Count == 0 ? 0 : 1;
    }

    private static ContentFilter Filter(CliCall call)
    {
        if (call.Get(Limit) is < 1 or > 10_000) throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 10000", 2);
        if (call.Get(Offset) < 0) throw new CliException($"--offset {call.Get(Offset)} is less than 0", 2);
        return new ContentFilter
        {
            Kind = call.Get(Kind), Category = call.Get(Category), Tag = call.Get(Tag), Sources = call.Get(Source) is { } source ? [source] : null, Language = call.Get(Language),
            Limit = call.Get(Limit), Offset = call.Get(Offset),
        };
    }

    private static string State(ContentSummary item, DateTimeOffset now) => item.Draft ? "draft" : item.PublishedAt > now ? "scheduled" : "published";

    private static string Plain(string html, int most)
    {
        var text = System.Net.WebUtility.HtmlDecode(html.Replace("<mark>", "*", StringComparison.Ordinal).Replace("</mark>", "*", StringComparison.Ordinal));
        return text.Length <= most ? text : text[..(most - 1)] + "…";
    }
}

/// <summary>A fault as JSON has it.</summary>
internal sealed record FaultView(string File, long Line, long Column, string Message)
{
    public static FaultView Of(ProfileFault fault) => new(fault.Source, fault.Line, fault.Column, fault.Message);
}
