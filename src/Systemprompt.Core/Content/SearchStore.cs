using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>The queries of a search: its words, words near them, and the items.</summary>
internal sealed class SearchStore(NpgsqlDataSource database, Profile profile, TimeProvider clock)
{
    /// <summary>So many items of a language with a word in the title, and so many with it anywhere, are ranked; the rest of a word that half of all items have is not looked at.</summary>
    public const int Candidates = 250;

    private const int Prefixes = 12;

    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => database.OpenConnectionAsync(cancellationToken);

    /// <summary>The languages to look in, what is known of each word, and what an unfinished one may become.</summary>
    public async Task<WordFacts> LookUpAsync(NpgsqlConnection connection, string? language, IReadOnlyCollection<string> words, string? unfinished, CancellationToken cancellationToken)
    {
        const string sql = """
            select array_to_string(languages, ' ') from content.state where tenant = @tenant;
            select q.word as "Text", k.word is not null as "IsKnown", s.stem as "Stem",
                   s.stem is null or exists (select from content.words o where o.tenant = @tenant and o.language = l.language and o.stem = s.stem) as "HasForms"
              from unnest(@words) as q(word)
             cross join unnest(coalesce(@languages, (select languages from content.state where tenant = @tenant))) as l(language)
             cross join lateral (select content.stem(l.language, q.word)) as s(stem)
              left join content.words k on k.tenant = @tenant and k.language = l.language and k.word = q.word collate "C";
            select word as "Text", true as "IsKnown", stem as "Stem", true as "HasForms"
              from content.words
             where tenant = @tenant and language = any(coalesce(@languages, (select languages from content.state where tenant = @tenant)))
               and word >= @prefix collate "C" and word < @behind collate "C" and stem is not null
             order by documents desc, word
             limit @most
            """;
        string[]? languages = language is null ? null : [language];
        var values = new { tenant = profile.Tenant, languages, words = words.ToArray(), prefix = unfinished ?? "", behind = unfinished is null ? "" : unfinished + '\uFFFF', most = unfinished is null ? 0 : Prefixes };
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        var used = await results.ReadSingleOrDefaultAsync<string>();
        return new WordFacts(languages ?? used?.Split(' ') ?? [], [.. await results.ReadAsync<WordFact>()], [.. await results.ReadAsync<WordFact>()]);
    }

    /// <summary>Known words that look like a mistyped one, the most alike first.</summary>
    public async Task<IReadOnlyList<NearWord>> NearAsync(NpgsqlConnection connection, IReadOnlyList<string> languages, string mistyped, CancellationToken cancellationToken) =>
    [
        .. await connection.QueryAsync<NearWord>(new CommandDefinition(
            """select word as "Text", stem as "Stem", documents as "Documents" from content.near(@tenant, @languages, @mistyped)""",
            new { tenant = profile.Tenant, languages = languages.ToArray(), mistyped }, cancellationToken: cancellationToken)),
    ];

    /// <summary>The best items for a query, and the forms that its words have in them.</summary>
    public async Task<(int Total, IReadOnlyList<HitRow> Hits, IReadOnlySet<string> Forms)> SearchAsync(NpgsqlConnection connection, SearchOrder order, CancellationToken cancellationToken)
    {
        const string matching = """
            i.tenant = @tenant and (@hidden or (not i.draft and (i.published_at is null or i.published_at <= @now)))
                 and (@kind::text is null or i.kind = @kind) and (@category::text is null or i.category = @category) and (@tag::text is null or i.tags @> array[@tag])
                 and (@sources::text[] is null or i.source = any(@sources)) and (@language::text is null or i.language = @language) and (not @dated or i.published_at is not null)
            """;
        // Each item is asked in its own language: a word that another language has another stem for would not be excluded by it. An excluded word may stand behind the
        // title, so the whole item is asked too; only then, since that reads all of it, and "is true" keeps it from being looked up in the index a second time.
        const string sql = $"""
            with wanted as materialized (
                select l.language, to_tsquery(('content.text_' || l.language)::regconfig, @query) as query from unnest(@languages) as l(language)),
            found as (
                (select f.id
                   from wanted w
                  cross join lateral (select i.id from content.items i
                                       where i.title_search @@ w.query and (not @excludes or (i.search @@ w.query) is true) and i.language = w.language and {matching} limit @candidates) f)
                union
                (select f.id
                   from wanted w
                  cross join lateral (select i.id from content.items i where i.search @@ w.query and i.language = w.language and {matching} limit @candidates + 1) f)),
            ranked as (
                select i.id, i.url, i.published_at, ts_rank_cd('{"{0.1, 0.4, 0.6, 1.0}"}', i.search, w.query, 1)::float8 as score
                  from found f join content.items i on i.id = f.id join wanted w on w.language = i.language),
            page as (
                select * from ranked order by score desc, published_at desc nulls last, url limit @limit offset @offset)
            select {SummaryRow.Columns},
                   coalesce(p.score, 0) as "Score", t.total as "Total", coalesce(w.start, 1) as "Start", substr(i.body, w.start, 30000) as "Window"
              from (select count(*)::int as total from found) t
              left join page p on true
              left join content.items i on i.id = p.id
              left join lateral (select case when length(i.body) <= 30000 then 1
                                else greatest(1, coalesce((select min(nullif(strpos(lower(i.body), word), 0)) from unnest(@words) as word), 1) - 1000) end as start) w on true
             order by p.score desc, p.published_at desc nulls last, p.url;
            select distinct word from content.words where tenant = @tenant and language = any(@languages) and stem = any(@stems) limit 200
            """;
        var filter = order.Filter;
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(sql, new
        {
            tenant = profile.Tenant, hidden = filter.IncludeHidden, now = clock.GetUtcNow().UtcDateTime, kind = filter.Kind, category = filter.Category, tag = filter.Tag?.ToLowerInvariant(),
            sources = filter.Sources?.ToArray(), language = filter.Language, dated = filter.Dated, limit = filter.Limit, offset = filter.Offset, candidates = Candidates,
            excludes = order.Query.Contains('!', StringComparison.Ordinal),
            languages = order.Languages.ToArray(), query = order.Query, words = order.Words.ToArray(), stems = order.Stems.ToArray(),
        }, cancellationToken: cancellationToken));
        var hits = (await results.ReadAsync<HitRow>()).AsList();
        // Behind the last page there is one row with the total alone; Dapper leaves a property as it is where the row has null.
        return (hits[0].Total, [.. hits.Where(hit => hit.Url.Length > 0)], (await results.ReadAsync<string>()).Concat(order.Words).ToHashSet(StringComparer.Ordinal));
    }
}

/// <summary>A search as PostgreSQL gets it.</summary>
/// <param name="Languages">Languages to look in.</param>
/// <param name="Query">For <c>to_tsquery</c>.</param>
/// <param name="Words">The words, as they may stand in a text.</param>
/// <param name="Stems">What text search makes of them.</param>
/// <param name="Filter">Which items.</param>
internal sealed record SearchOrder(IReadOnlyList<string> Languages, string Query, IReadOnlyCollection<string> Words, IReadOnlyCollection<string> Stems, ContentFilter Filter);

/// <summary>What is known of the words of a query.</summary>
internal sealed record WordFacts(IReadOnlyList<string> Languages, IReadOnlyList<WordFact> Words, IReadOnlyList<WordFact> Continued);

/// <summary>A word in one language: whether it stands somewhere, what its stem is (null for a stop word), whether any word has that stem.</summary>
internal sealed record WordFact(string Text, bool IsKnown, string? Stem, bool HasForms);

/// <summary>A known word.</summary>
internal sealed record NearWord(string Text, string? Stem, int Documents);

/// <summary>A find, with the part of its text around the first word.</summary>
internal sealed record HitRow : SummaryRow
{
    public double Score { get; init; }

    public int Total { get; init; }

    public int Start { get; init; }

    public string Window { get; init; } = "";
}
