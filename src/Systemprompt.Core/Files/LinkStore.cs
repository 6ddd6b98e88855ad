using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>Links to files, in PostgreSQL: the hash of what stands in them and nothing that opens one.</summary>
internal sealed class LinkStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>A file has so many links at a time.</summary>
    public const int MostLinks = 100;

    /// <summary>Makes a link. Those that are over go. False when the file has as many as it may have.</summary>
    public async Task<bool> InsertAsync(Guid file, byte[] hash, TimeSpan lifetime, string by, CancellationToken cancellationToken)
    {
        const string over = "delete from files.links where tenant = @tenant and file = @file and expires_at <= now()";
        const string insert = """
            insert into files.links (tenant, hash, file, created_by, expires_at)
            select @tenant, @hash, @file, @by, now() + @lifetime
             where (select count(*) from files.links where tenant = @tenant and file = @file) < @MostLinks
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var parameters = new { tenant = profile.Tenant, file, hash, lifetime, by, MostLinks };
        await connection.ExecuteAsync(new CommandDefinition(over, parameters, cancellationToken: cancellationToken));
        return await connection.ExecuteAsync(new CommandDefinition(insert, parameters, cancellationToken: cancellationToken)) > 0;
    }

    /// <summary>The file that a link leads to; null when there is no such link, or it is over.</summary>
    public async Task<FileRow?> FindAsync(byte[] hash, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {FileStore.Columns}
              from files.links l join files.files f on f.tenant = l.tenant and f.id = l.file
             where l.tenant = @tenant and l.hash = @hash and l.expires_at > now()
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<FileRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, hash }, cancellationToken: cancellationToken));
    }

    /// <summary>Ends every link to a file.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> DeleteAsync(Guid file, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition("delete from files.links where tenant = @tenant and file = @file", new { tenant = profile.Tenant, file }, cancellationToken: cancellationToken));
    }
}
