namespace Systemprompt.Content;

/// <inheritdoc cref="IContent"/>
internal sealed class ContentLibrary(ItemStore items, ContentSearcher searcher) : IContent
{
    public async Task<ContentItem?> FindAsync(string url, bool includeHidden = false, CancellationToken cancellationToken = default) =>
        (await items.FindAsync(url, includeHidden, cancellationToken))?.ToItem();

    public async Task<ContentItem?> FindAsync(string source, string path, bool includeHidden = false, CancellationToken cancellationToken = default) =>
        (await items.FindAsync(source, path, includeHidden, cancellationToken))?.ToItem();

    public Task<string?> RedirectAsync(string url, CancellationToken cancellationToken = default) => items.RedirectAsync(url, cancellationToken);

    public async Task<IReadOnlyList<ContentSummary>> ListAsync(ContentFilter filter, CancellationToken cancellationToken = default) =>
        filter.CannotMatch ? [] : [.. (await items.ListAsync(filter, cancellationToken)).Select(row => row.Summarize())];

    public Task<ContentResults> SearchAsync(string query, ContentFilter filter, CancellationToken cancellationToken = default) => searcher.SearchAsync(query, filter, cancellationToken);
}
