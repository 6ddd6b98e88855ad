using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>Reads items, their versions and redirects.</summary>
internal sealed class ItemStore(NpgsqlDataSource database, Profile profile, TimeProvider clock)
{
    private const string Columns = SummaryRow.Columns;

    private const string Visible = "(@hidden or (not i.draft and (i.published_at is null or i.published_at <= @now)))";

    public Task<ItemRow?> FindAsync(string url, bool hidden, CancellationToken cancellationToken) =>
        OneAsync<ItemRow>($"select {Columns}, i.html as \"Html\" from content.items i where i.tenant = @tenant and i.url = @url and {Visible}", new { tenant = profile.Tenant, url, hidden, now = Now }, cancellationToken);

    public Task<ItemRow?> FindAsync(string source, string path, bool hidden, CancellationToken cancellationToken) =>
        OneAsync<ItemRow>(
            $"select {Columns}, i.html as \"Html\" from content.items i where i.tenant = @tenant and i.source = @source and i.path = @path and {Visible}",
            new { tenant = profile.Tenant, source, path, hidden, now = Now }, cancellationToken);

    public Task<string?> RedirectAsync(string url, CancellationToken cancellationToken) =>
        OneAsync<string>(
            $"select i.url from content.redirects r join content.items i on i.id = r.item where r.tenant = @tenant and r.url = @url and {Visible}",
            new { tenant = profile.Tenant, url, hidden = false, now = Now }, cancellationToken);

    public async Task<IReadOnlyList<ItemRow>> ListAsync(ContentFilter filter, CancellationToken cancellationToken)
    {
        var sql = $"""
            select {Columns}
              from content.items i
             where i.tenant = @tenant and {Visible}
               and (@Kind::text is null or i.kind = @Kind) and (@Category::text is null or i.category = @Category) and (@Tag::text is null or i.tags @> array[@Tag])
               and (@sources::text[] is null or i.source = any(@sources)) and (@Language::text is null or i.language = @Language) and (not @Dated or i.published_at is not null)
             order by i.published_at desc nulls last, i.url
             limit @Limit offset @Offset
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<ItemRow>(new CommandDefinition(sql, Values(filter), cancellationToken: cancellationToken))];
    }

    public async Task<IReadOnlyList<VersionView>> VersionsAsync(string source, string path, CancellationToken cancellationToken)
    {
        const string sql = """
            select at as "At", change as "Change", hash as "Hash", url as "Url", title as "Title", length(text) as "Characters"
              from content.versions where tenant = @tenant and source = @source and path = @path order by id desc
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<VersionView>(new CommandDefinition(sql, new { tenant = profile.Tenant, source, path }, cancellationToken: cancellationToken))];
    }

    /// <summary>The Markdown of a version by the beginning of its hash; null when no version or more than one has it.</summary>
    public async Task<string?> TextAsync(string source, string path, string hash, CancellationToken cancellationToken)
    {
        const string sql = """
            select min(text) from content.versions
             where tenant = @tenant and source = @source and path = @path and change <> 'removed' and starts_with(hash, @hash)
            having count(distinct hash) = 1
            """;
        return await OneAsync<string>(sql, new { tenant = profile.Tenant, source, path, hash }, cancellationToken);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private object Values(ContentFilter filter) => new
    {
        tenant = profile.Tenant, hidden = filter.IncludeHidden, now = Now, filter.Kind, filter.Category, Tag = filter.Tag?.ToLowerInvariant(), sources = filter.Sources?.ToArray(),
        filter.Language, filter.Dated, filter.Limit, filter.Offset,
    };

    private async Task<T?> OneAsync<T>(string sql, object values, CancellationToken cancellationToken)
        where T : class
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }
}

/// <summary>A row of <c>content.items</c> with its page.</summary>
internal sealed record ItemRow : SummaryRow
{
    public string Html { get; init; } = "";

    public ContentItem ToItem() => new()
    {
        Url = Url, Source = Source, Path = Path, Kind = Kind, Category = Category, Tags = Tags, Title = Title, Summary = Summary, Language = Language, Draft = Draft,
        PublishedAt = PublishedAt, UpdatedAt = UpdatedAt, Hash = Hash, Html = Html,
    };
}

/// <summary>A version, without its text.</summary>
internal sealed record VersionView
{
    public DateTime At { get; init; }

    public string Change { get; init; } = "";

    public string Hash { get; init; } = "";

    public string Url { get; init; } = "";

    public string Title { get; init; } = "";

    public int Characters { get; init; }
}
