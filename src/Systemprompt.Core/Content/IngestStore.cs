using Dapper;
using Npgsql;
using NpgsqlTypes;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>What an ingest reads and writes. All of it runs in the ingest's one transaction.</summary>
internal sealed class IngestStore(NpgsqlDataSource database, Profile profile, HostInfo host)
{
    private const int BatchSize = 100;

    /// <summary>Digest and faults of the last ingest; null before the first.</summary>
    public async Task<IngestState?> StateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<IngestState>(new CommandDefinition(
            """select digest as "Digest", faults as "Faults" from content.state where tenant = @tenant""", new { tenant = profile.Tenant }, cancellationToken: cancellationToken));
    }

    /// <summary>Begins an ingest. Of several processes at once, one goes on and the others wait here.</summary>
    public async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(transaction, "select pg_advisory_xact_lock(hashtextextended('content.ingest:' || @tenant, 0))", new { tenant = profile.Tenant }, cancellationToken);
        return transaction;
    }

    public Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => database.OpenConnectionAsync(cancellationToken).AsTask();

    public async Task<Dictionary<(string Source, string Path), StoredItem>> StoredAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var rows = await transaction.Connection!.QueryAsync<StoredItem>(new CommandDefinition(
            """select id as "Id", source as "Source", path as "Path", url as "Url", title as "Title", hash as "Hash", rendered as "Rendered" from content.items where tenant = @tenant""",
            new { tenant = profile.Tenant }, transaction, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => (row.Source, row.Path));
    }

    /// <summary>Gives a stored item the place that its file has moved to, so that it stays the same item.</summary>
    public Task MoveAsync(NpgsqlTransaction transaction, long id, string source, string path, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "update content.items set source = @source, path = @path where tenant = @tenant and id = @id", new { tenant = profile.Tenant, id, source, path }, cancellationToken);

    /// <summary>Takes the words of items that are about to change or go out of the count.</summary>
    public Task UncountAsync(NpgsqlTransaction transaction, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        const string uncount = """
            with gone as (
                update content.items set counted = false where id = any(@ids) and counted returning language, words)
            update content.words w
               set documents = w.documents - g.documents
              from (select language, word, count(*)::int as documents from gone, unnest(words) as word group by language, word) g
             where w.tenant = @tenant and w.language = g.language and w.word = g.word collate "C"
            """;
        return ExecuteAsync(transaction, uncount, new { tenant = profile.Tenant, ids = ids.ToArray() }, cancellationToken);
    }

    /// <summary>Counts the words of what everybody may see by now and that is not counted yet. Words that nothing has any more go.</summary>
    public async Task<int> CountAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string count = """
            with come as (
                update content.items set counted = true
                 where tenant = @tenant and not counted and not draft and (published_at is null or published_at <= @now)
             returning id, language, words),
            summed as (
                select language, word, count(*)::int as documents from come, unnest(words) as word group by language, word),
            put as (
                insert into content.words (tenant, language, word, stem, documents)
                select @tenant, language, word, content.stem(language, word), documents from summed
                on conflict (tenant, language, word) do update set documents = words.documents + excluded.documents)
            select count(*)::int from come
            """;
        var counted = await transaction.Connection!.ExecuteScalarAsync<int>(new CommandDefinition(count, new { tenant = profile.Tenant, now = now.UtcDateTime }, transaction, commandTimeout: 0, cancellationToken: cancellationToken));
        await ExecuteAsync(transaction, "delete from content.words where tenant = @tenant and documents <= 0", new { tenant = profile.Tenant }, cancellationToken);
        return counted;
    }

    /// <summary>Writes items and, where the file itself has changed, their versions.</summary>
    public async Task PutAsync(NpgsqlTransaction transaction, IReadOnlyList<RenderedDocument> documents, CancellationToken cancellationToken)
    {
        const string put = """
            insert into content.items (tenant, source, path, url, kind, category, tags, title, summary, language, draft, published_at, updated_at, hash, rendered, html, body, words, title_search, search)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, setweight(v.title, 'A'),
                   setweight(v.title, 'A') || setweight(to_tsvector(v.config, $20), 'B') || setweight(to_tsvector(v.config, $21), 'C') || to_tsvector(v.config, $22)
              from (select c.config, to_tsvector(c.config, $19) as title from (select ('content.text_' || $10)::regconfig as config) c) v
            on conflict (tenant, source, path) do update
               set url = excluded.url, kind = excluded.kind, category = excluded.category, tags = excluded.tags, title = excluded.title, summary = excluded.summary,
                   language = excluded.language, draft = excluded.draft, published_at = excluded.published_at, updated_at = excluded.updated_at,
                   changed_at = case when items.hash = excluded.hash then items.changed_at else now() end, hash = excluded.hash, rendered = excluded.rendered,
                   html = excluded.html, body = excluded.body, words = excluded.words, counted = false, title_search = excluded.title_search, search = excluded.search
            """;
        foreach (var chunk in documents.Chunk(BatchSize))
        {
            await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { Timeout = 0 };
            foreach (var item in chunk) batch.BatchCommands.Add(Command(put, Values(item)));
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private IEnumerable<object?> Values(RenderedDocument item)
    {
        var (document, front) = (item.Document, item.Document.Front);
        var title = WordReader.Normalize(item.Title);
        var hints = WordReader.Normalize($"{item.Summary} {front.Category} {string.Join(' ', front.Tags)}");
        var (headings, body) = (WordReader.Normalize(item.Headings), WordReader.Normalize(item.Body));
        var words = $"{title} {hints} {headings} {body}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !word.All(char.IsAsciiDigit)).Distinct(StringComparer.Ordinal).ToArray();
        return
        [
            profile.Tenant, document.Source.Name, document.Path, document.Url, front.Kind ?? document.Source.Kind, front.Category, front.Tags.ToArray(), item.Title, item.Summary,
            document.Language, front.Draft, front.Published?.UtcDateTime, front.Updated?.UtcDateTime, document.Hash, document.Rendered, item.Html, Storable(item.Body), words, title, hints, headings, body,
        ];
    }

    public async Task AddVersionsAsync(NpgsqlTransaction transaction, IReadOnlyList<VersionRow> versions, int keep, CancellationToken cancellationToken)
    {
        const string add = "insert into content.versions (tenant, source, path, change, hash, url, title, text) values ($1, $2, $3, $4, $5, $6, $7, $8)";
        const string trim = """
            delete from content.versions v
             using (select id, row_number() over (partition by source, path order by id desc) as place
                      from content.versions o
                     where tenant = @tenant and exists (select from unnest(@sources, @paths) as w(source, path) where w.source = o.source and w.path = o.path)) old
             where v.id = old.id and old.place > @keep
            """;
        foreach (var chunk in versions.Chunk(BatchSize))
        {
            await using (var batch = new NpgsqlBatch(transaction.Connection, transaction))
            {
                foreach (var row in chunk) batch.BatchCommands.Add(Command(add, [profile.Tenant, row.Source, row.Path, row.Change, row.Hash, row.Url, row.Title, row.Text]));
                await batch.ExecuteNonQueryAsync(cancellationToken);
            }

            var changed = chunk.Where(row => row.Change != "added").ToList();
            if (changed.Count == 0) continue;
            var where = new { tenant = profile.Tenant, sources = changed.Select(row => row.Source).ToArray(), paths = changed.Select(row => row.Path).ToArray(), keep };
            await ExecuteAsync(transaction, trim, where, cancellationToken);
        }
    }

    public Task RemoveAsync(NpgsqlTransaction transaction, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "delete from content.items where tenant = @tenant and id = any(@ids)", new { tenant = profile.Tenant, ids = ids.ToArray() }, cancellationToken);

    /// <summary>Writes redirects to written items, in place of those that their files brought before. Where an item is, none stays.</summary>
    public async Task RedirectAsync(NpgsqlTransaction transaction, IReadOnlyList<(string Source, string Path)> written, IReadOnlyList<RedirectRow> redirects, CancellationToken cancellationToken)
    {
        const string clear = """
            delete from content.redirects r using content.items i, unnest(@sources, @paths) as w(source, path)
             where r.item = i.id and r.reason <> 'moved' and i.tenant = @tenant and i.source = w.source and i.path = w.path
            """;
        const string put = """
            insert into content.redirects (tenant, url, item, reason)
            select @tenant, r.url, i.id, r.reason
              from unnest(@urls, @sources, @paths, @reasons) as r(url, source, path, reason)
              join content.items i on i.tenant = @tenant and i.source = r.source and i.path = r.path
            on conflict (tenant, url) do update set item = excluded.item, reason = excluded.reason, at = now()
            """;
        const string hide = "delete from content.redirects r using content.items i where r.tenant = @tenant and i.tenant = @tenant and i.url = r.url";
        await ExecuteAsync(transaction, clear, new { tenant = profile.Tenant, sources = written.Select(key => key.Source).ToArray(), paths = written.Select(key => key.Path).ToArray() }, cancellationToken);
        var rows = redirects.DistinctBy(row => row.Url).ToList();
        await ExecuteAsync(transaction, put, new
        {
            tenant = profile.Tenant,
            urls = rows.Select(row => row.Url).ToArray(),
            sources = rows.Select(row => row.Source).ToArray(),
            paths = rows.Select(row => row.Path).ToArray(),
            reasons = rows.Select(row => row.Reason).ToArray(),
        }, cancellationToken);
        await ExecuteAsync(transaction, hide, new { tenant = profile.Tenant }, cancellationToken);
    }

    public Task FinishAsync(NpgsqlTransaction transaction, string digest, int files, int faults, CancellationToken cancellationToken)
    {
        const string finish = """
            insert into content.state (tenant, digest, languages, files, faults, by_whom)
            select @tenant, @digest, coalesce((select array_agg(distinct language order by language) from content.items where tenant = @tenant), '{en}'), @files, @faults, @by
            on conflict (tenant) do update
               set digest = excluded.digest, languages = excluded.languages, files = excluded.files, faults = excluded.faults, by_whom = excluded.by_whom, at = now()
            """;
        return ExecuteAsync(transaction, finish, new { tenant = profile.Tenant, digest, files, faults, by = host.Instance }, cancellationToken);
    }

    private static Task ExecuteAsync(NpgsqlTransaction transaction, string sql, object values, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, values, transaction, commandTimeout: 0, cancellationToken: cancellationToken));

    private static NpgsqlBatchCommand Command(string sql, IEnumerable<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown },
                DateTime time => new NpgsqlParameter { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                string[] list => new NpgsqlParameter { Value = list, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                string text => new NpgsqlParameter { Value = text, NpgsqlDbType = NpgsqlDbType.Text },
                _ => new NpgsqlParameter { Value = value },
            });
        return command;
    }

    private static string Storable(string text) => text.Replace("\0", "", StringComparison.Ordinal);
}

/// <summary>What was taken in last.</summary>
internal sealed record IngestState(string Digest, int Faults);

/// <summary>A stored item, as far as an ingest must know it.</summary>
internal sealed record StoredItem(long Id, string Source, string Path, string Url, string Title, string Hash, string Rendered);

/// <summary>A version to be kept.</summary>
internal sealed record VersionRow(string Source, string Path, string Change, string Hash, string Url, string Title, string Text);

/// <summary>An address that leads to the item of a file.</summary>
internal sealed record RedirectRow(string Url, string Source, string Path, string Reason);
