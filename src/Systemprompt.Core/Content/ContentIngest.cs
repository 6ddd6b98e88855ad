using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>
/// Takes the files in: what has changed is rendered and written, what is gone is removed, a file with a fault keeps the good version that is
/// stored. One transaction under one lock, so that readers see all of it at once and replicas that start together do it once.
/// </summary>
internal sealed partial class ContentIngest(ContentReader reader, MarkdownRenderer renderer, IngestStore store, ContentSettings settings, TimeProvider clock, ILogger<ContentIngest> logger)
{
    /// <summary>Takes in what differs from the last time; when nothing does, reads the files and no more.</summary>
    public async Task<IngestReport> RunIfChangedAsync(CancellationToken cancellationToken)
    {
        var tree = reader.Read();
        if (await store.StateAsync(cancellationToken) is { } state && state.Digest == tree.Digest)
        {
            if (state.Faults > 0) StillFaulty(logger, state.Faults);
            return new IngestReport { Same = tree.Documents.Count, Faults = tree.Faults };
        }

        return await RunAsync(cancellationToken);
    }

    /// <summary>Counts the words of what is published by now, though it was not when it was taken in. Returns how many items.</summary>
    public async Task<int> CountDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.ConnectAsync(cancellationToken);
        await using var transaction = await store.BeginAsync(connection, cancellationToken);
        var count = await store.CountAsync(transaction, clock.GetUtcNow(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return count;
    }

    /// <summary>Takes in.</summary>
    public async Task<IngestReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        await using var connection = await store.ConnectAsync(cancellationToken);
        await using var transaction = await store.BeginAsync(connection, cancellationToken);
        // Read under the lock: whoever waited for it must not write files that have changed meanwhile.
        var tree = reader.Read();
        var plan = Plan(tree, await store.StoredAsync(transaction, cancellationToken), cancellationToken);
        foreach (var (stored, document) in plan.Moved) await store.MoveAsync(transaction, stored.Id, document.Source.Name, document.Path, cancellationToken);
        await store.UncountAsync(transaction, [.. plan.Stale, .. plan.Removed.Select(item => item.Id)], cancellationToken);
        await store.RemoveAsync(transaction, [.. plan.Removed.Select(item => item.Id)], cancellationToken);
        await store.PutAsync(transaction, plan.Written, cancellationToken);
        await store.AddVersionsAsync(transaction, plan.Versions, settings.KeepVersions, cancellationToken);
        await store.RedirectAsync(transaction, [.. plan.Written.Select(item => item.Document.Key)], plan.Redirects, cancellationToken);
        await store.CountAsync(transaction, clock.GetUtcNow(), cancellationToken);
        await store.FinishAsync(transaction, tree.Digest, tree.Documents.Count + tree.Faulty.Count, plan.Faults.Count, cancellationToken);
        try
        {
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new ContentException("two items would have the same address; 'content verify' shows which");
        }

        var report = plan.Report();
        Report(report, tree, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        return report;
    }

    private IngestPlan Plan(ContentTree tree, Dictionary<(string Source, string Path), StoredItem> stored, CancellationToken cancellationToken)
    {
        var plan = new IngestPlan(tree.Faults);
        var files = tree.Documents.Select(document => document.Key).ToHashSet();
        var kept = stored.Values.Where(item => tree.Faulty.Contains((item.Source, item.Path))).ToDictionary(item => item.Url, StringComparer.Ordinal);
        var gone = stored.Values.Where(item => !files.Contains((item.Source, item.Path)) && !tree.Faulty.Contains((item.Source, item.Path))).ToList();
        var rendered = new List<(StoredItem? Before, RenderedDocument Item)>();
        foreach (var document in tree.Documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = stored.GetValueOrDefault(document.Key);
            if (before is not null && before.Rendered == document.Rendered)
            {
                plan.Same++;
                continue;
            }

            if (renderer.Render(document, plan.Faults) is { } item) rendered.Add((before, item));
            else if (before is not null) kept.TryAdd(before.Url, before);
        }

        Hold(rendered, kept, plan.Faults);
        foreach (var (before, item) in rendered)
        {
            // A file that is elsewhere with the same content has moved: links to where it was go on working.
            if (before is null && gone.Find(other => other.Hash == item.Document.Hash) is { } from)
            {
                gone.Remove(from);
                plan.Move(from, item);
            }
            else
            {
                plan.Write(before, item);
            }
        }

        plan.Removed.AddRange(gone);
        plan.Versions.AddRange(gone.Select(item => new VersionRow(item.Source, item.Path, "removed", item.Hash, item.Url, item.Title, "")));
        return plan;
    }

    /// <summary>Takes out what wants an address that a last good version holds, and so holds its own: until nothing changes any more.</summary>
    private static void Hold(List<(StoredItem? Before, RenderedDocument Item)> rendered, Dictionary<string, StoredItem> kept, List<ProfileFault> faults)
    {
        while (rendered.FindIndex(each => kept.TryGetValue(each.Item.Document.Url, out var other) && (other.Source, other.Path) != each.Item.Document.Key) is >= 0 and var at)
        {
            var (before, document) = (rendered[at].Before, rendered[at].Item.Document);
            var holder = kept[document.Url];
            faults.Add(new ProfileFault(document.File, 0, 0, $"its address {document.Url} is held by the last good version of {holder.Source}/{holder.Path}, which has a fault now; mend that first"));
            rendered.RemoveAt(at);
            if (before is not null) kept.TryAdd(before.Url, before);
        }
    }

    private void Report(IngestReport report, ContentTree tree, long milliseconds)
    {
        foreach (var fault in report.Faults.Take(20)) Faulty(logger, fault.ToString());
        if (report.Changes > 0) Taken(logger, tree.Place, report.Added, report.Changed, report.Moved, report.Removed, report.Faults.Count, milliseconds);
    }

    [LoggerMessage(2950, LogLevel.Information, "Content from {Place}: {Added} added, {Changed} changed, {Moved} moved, {Removed} removed, {Faults} faults, in {Milliseconds} ms")]
    private static partial void Taken(ILogger logger, string place, int added, int changed, int moved, int removed, int faults, long milliseconds);

    [LoggerMessage(2951, LogLevel.Warning, "Content not taken in: {Fault}")]
    private static partial void Faulty(ILogger logger, string fault);

    [LoggerMessage(2952, LogLevel.Warning, "Content has {Faults} faults as before; 'content verify' shows them")]
    private static partial void StillFaulty(ILogger logger, int faults);
}
