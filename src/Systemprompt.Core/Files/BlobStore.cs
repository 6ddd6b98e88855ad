using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>What the sweep, <c>files verify</c> and <c>files usage</c> ask of the tables.</summary>
internal sealed class BlobStore(NpgsqlDataSource database, Profile profile)
{
    private const string Columns = """id as "Id", storage as "Storage", state as "State", size as "Size", sha256 as "Sha256" """;

    /// <summary>Marks what has been unfinished for longer than a time to be deleted, then lists what is to be deleted for longer than a moment.</summary>
    public async Task<IReadOnlyList<BlobRow>> LeftOverAsync(TimeSpan unfinished, TimeSpan settled, int most, CancellationToken cancellationToken)
    {
        const string mark = "update files.blobs set state = 'deleting', since = now() - @settled where tenant = @tenant and state = 'writing' and since < now() - @unfinished";
        const string list = $"select {Columns} from files.blobs where tenant = @tenant and state = 'deleting' and since <= now() - @settled order by since limit @most";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var parameters = new { tenant = profile.Tenant, unfinished, settled, most };
        await connection.ExecuteAsync(new CommandDefinition(mark, parameters, cancellationToken: cancellationToken));
        return [.. await connection.QueryAsync<BlobRow>(new CommandDefinition(list, parameters, cancellationToken: cancellationToken))];
    }

    /// <summary>Contents that no file has any more, though nobody marked them: only where somebody changed the tables by hand.</summary>
    public async Task<IReadOnlyList<BlobRow>> WithoutFileAsync(TimeSpan settled, int most, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {Columns} from files.blobs b
             where tenant = @tenant and state = 'kept' and since < now() - @settled and not exists (select from files.files f where f.tenant = b.tenant and f.blob = b.id)
             limit @most
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<BlobRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, settled, most }, cancellationToken: cancellationToken))];
    }

    /// <summary>Contents that are kept, in order of their ids, after one.</summary>
    public async Task<IReadOnlyList<BlobRow>> KeptAfterAsync(Guid after, int most, CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from files.blobs where tenant = @tenant and state = 'kept' and id > @after order by id limit @most";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<BlobRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, after, most }, cancellationToken: cancellationToken))];
    }

    /// <summary>The files that have a content.</summary>
    public async Task<IReadOnlyList<FileRow>> FilesOfAsync(Guid blob, CancellationToken cancellationToken)
    {
        const string sql = $"select {FileStore.Columns} from files.files f where f.tenant = @tenant and f.blob = @blob order by f.id limit 100";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<FileRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, blob }, cancellationToken: cancellationToken))];
    }

    /// <summary>Files and bytes by owner, the most first.</summary>
    public async Task<IReadOnlyList<OwnerUsage>> OwnersAsync(int most, CancellationToken cancellationToken)
    {
        const string sql = """
            select owner as "Owner", count(*) as "Files", sum(size)::bigint as "Bytes" from files.files where tenant = @tenant group by owner order by 3 desc, 1 limit @most
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<OwnerUsage>(new CommandDefinition(sql, new { tenant = profile.Tenant, most }, cancellationToken: cancellationToken))];
    }

    /// <summary>Contents and bytes by storage: what they take, each content once.</summary>
    public async Task<IReadOnlyList<StorageUsage>> StoragesAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select storage as "Storage", count(*) filter (where state = 'kept') as "Contents", coalesce(sum(size) filter (where state = 'kept'), 0)::bigint as "Bytes",
                   count(*) filter (where state <> 'kept') as "Unfinished"
              from files.blobs where tenant = @tenant group by storage order by storage
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<StorageUsage>(new CommandDefinition(sql, new { tenant = profile.Tenant }, cancellationToken: cancellationToken))];
    }
}

/// <summary>What an owner has.</summary>
internal sealed record OwnerUsage
{
    public string Owner { get; init; } = "";

    public long Files { get; init; }

    public long Bytes { get; init; }
}

/// <summary>What lies in a storage.</summary>
internal sealed record StorageUsage
{
    public string Storage { get; init; } = "";

    public long Contents { get; init; }

    public long Bytes { get; init; }

    public long Unfinished { get; init; }
}
