using Dapper;
using Npgsql;
using Systemprompt.Extensions;

namespace ExtensionName1;

/// <summary>All SQL of this extension. Its tables live in the schema extension_id1; no other extension touches them.</summary>
public sealed class ExtensionClass1Store(NpgsqlDataSource database, IJobQueue jobs, IEvents events)
{
    /// <summary>Published for every entry; whoever has a token may listen to it at GET /api/v1/events.</summary>
    public static readonly EventKind<EntryAdded> Added = new("extension_id1.entry_added");

    /// <summary>Adds an entry, the job that counts its words, and the event: all are there when the transaction commits, or none.</summary>
    public async Task<Entry> AddAsync(string author, string text)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var entry = await connection.QuerySingleAsync<Entry>(
            """
            insert into extension_id1.entries (author, text)
            values (@author, @text)
            returning id, author, text, words, created_at as "CreatedAt"
            """,
            new { author, text },
            transaction);
        await jobs.EnqueueAsync(CountWords.Kind, new CountWordsArgs(entry.Id), new EnqueueOptions { By = author }, transaction);
        await events.PublishAsync(Added, new EntryAdded(entry.Id, author), Audience.Everyone, transaction);
        await transaction.CommitAsync();
        return entry;
    }

    public async Task<IReadOnlyList<Entry>> ListAsync(int limit)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<Entry>(
            """
            select id, author, text, words, created_at as "CreatedAt"
            from extension_id1.entries
            order by id desc
            limit @limit
            """,
            new { limit })];
    }

    public async Task<bool> RemoveAsync(long id)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.ExecuteAsync("delete from extension_id1.entries where id = @id", new { id }) > 0;
    }

    public async Task CountWordsAsync(long entry, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update extension_id1.entries
            set words = cardinality(regexp_split_to_array(btrim(text), '\s+'))
            where id = @entry
            """,
            new { entry },
            cancellationToken: cancellationToken));
    }
}

/// <summary>One row of extension_id1.entries.</summary>
public sealed record Entry(long Id, string Author, string Text, int? Words, DateTime CreatedAt);

/// <summary>What the event `extension_id1.entry_added` says.</summary>
public sealed record EntryAdded(long Id, string Author);
