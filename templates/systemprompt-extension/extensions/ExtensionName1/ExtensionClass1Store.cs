using Dapper;
using Npgsql;

namespace ExtensionName1;

/// <summary>All SQL of this extension. Its tables live in the schema extension_id1; no other extension touches them.</summary>
public sealed class ExtensionClass1Store(NpgsqlDataSource database)
{
    public async Task<Entry> AddAsync(string author, string text)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.QuerySingleAsync<Entry>(
            """
            insert into extension_id1.entries (author, text)
            values (@author, @text)
            returning id, author, text, created_at as "CreatedAt"
            """,
            new { author, text });
    }

    public async Task<IReadOnlyList<Entry>> ListAsync(int limit)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<Entry>(
            """
            select id, author, text, created_at as "CreatedAt"
            from extension_id1.entries
            order by id desc
            limit @limit
            """,
            new { limit })];
    }
}

/// <summary>One row of extension_id1.entries.</summary>
public sealed record Entry(long Id, string Author, string Text, DateTime CreatedAt);
