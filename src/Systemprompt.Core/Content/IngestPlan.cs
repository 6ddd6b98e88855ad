using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>What an ingest is going to do.</summary>
internal sealed class IngestPlan(IReadOnlyList<ProfileFault> faults)
{
    private int _added, _changed;

    public List<ProfileFault> Faults { get; } = [.. faults];

    public List<RenderedDocument> Written { get; } = [];

    public List<(StoredItem From, ContentDocument To)> Moved { get; } = [];

    public List<StoredItem> Removed { get; } = [];

    public List<VersionRow> Versions { get; } = [];

    public List<RedirectRow> Redirects { get; } = [];

    /// <summary>Stored items that are written anew: their words are counted again.</summary>
    public List<long> Stale { get; } = [];

    public int Same { get; set; }

    public void Move(StoredItem from, RenderedDocument item)
    {
        Moved.Add((from, item.Document));
        Stale.Add(from.Id);
        Add(from, item, "moved");
    }

    public void Write(StoredItem? before, RenderedDocument item)
    {
        if (before is not null) Stale.Add(before.Id);
        // Another binary may render the same file differently; that is no version of it.
        if (before is null) _added++;
        else if (before.Hash != item.Document.Hash || before.Url != item.Document.Url) _changed++;
        else Same++;
        Add(before, item, before is null ? "added" : "changed");
    }

    public IngestReport Report() => new() { Added = _added, Changed = _changed, Moved = Moved.Count, Removed = Removed.Count, Same = Same, Faults = Faults };

    private void Add(StoredItem? before, RenderedDocument item, string change)
    {
        var document = item.Document;
        var (source, path) = document.Key;
        Written.Add(item);
        if (before is null || before.Hash != document.Hash || before.Url != document.Url)
            Versions.Add(new VersionRow(source, path, change, document.Hash, document.Url, item.Title, document.Text));
        Redirects.AddRange(document.Front.RedirectFrom.Select(from => new RedirectRow(from.Url, source, path, "front matter")));
        var byName = ContentPath.Url(document.Source, path);
        if (byName != document.Url) Redirects.Add(new RedirectRow(byName, source, path, "file name"));
        if (before is not null && before.Url != document.Url) Redirects.Add(new RedirectRow(before.Url, source, path, "moved"));
    }
}

/// <summary>What an ingest did.</summary>
internal sealed record IngestReport
{
    public int Added { get; init; }

    public int Changed { get; init; }

    public int Moved { get; init; }

    public int Removed { get; init; }

    public int Same { get; init; }

    public IReadOnlyList<ProfileFault> Faults { get; init; } = [];

    public int Changes => Added + Changed + Moved + Removed;
}
