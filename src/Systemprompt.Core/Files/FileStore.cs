using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>Files and the contents they have, in PostgreSQL. Where two may meet over one content, both hold its lock until they commit.</summary>
internal sealed class FileStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Columns of <see cref="FileRow"/>.</summary>
    internal const string Columns =
        """
        f.id as "Id", f.owner as "Owner", f.name as "Name", f.media_type as "MediaType", f.size as "Size", f.sha256 as "Sha256", f.blob as "Blob", f.created_at as "CreatedAt",
        (select b.storage from files.blobs b where b.tenant = f.tenant and b.id = f.blob) as "Storage"
        """;

    public string Tenant => profile.Tenant;

    /// <summary>Writes down that a content is about to be written.</summary>
    public Task BeginAsync(Guid blob, string storage, CancellationToken cancellationToken) =>
        ExecuteAsync("insert into files.blobs (tenant, id, storage, state) values (@tenant, @blob, @storage, 'writing')", new { tenant = Tenant, blob, storage }, cancellationToken);

    /// <summary>Marks a content to be deleted, unless a file has it. Waits for a transaction that is about to give it to one.</summary>
    /// <returns>False when a file has it. One that is forgotten already may be deleted again.</returns>
    public async Task<bool> CondemnAsync(Guid blob, CancellationToken cancellationToken)
    {
        const string mark = "update files.blobs set state = 'deleting', since = now() where tenant = @tenant and id = @blob and state <> 'kept'";
        // A statement of its own: it must see what the first one waited for.
        const string ask = "select not exists (select from files.blobs where tenant = @tenant and id = @blob and state = 'kept')";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var parameters = new { tenant = Tenant, blob };
        await connection.ExecuteAsync(new CommandDefinition(mark, parameters, cancellationToken: cancellationToken));
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(ask, parameters, cancellationToken: cancellationToken));
    }

    /// <summary>Forgets a content whose bytes are gone.</summary>
    public Task ForgetAsync(Guid blob, CancellationToken cancellationToken) =>
        ExecuteAsync("delete from files.blobs where tenant = @tenant and id = @blob and state <> 'kept'", new { tenant = Tenant, blob }, cancellationToken);

    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => await database.OpenConnectionAsync(cancellationToken);

    /// <summary>Keeps others from counting or adding to what an owner has, until the transaction ends.</summary>
    public Task LockOwnerAsync(NpgsqlTransaction transaction, string owner, CancellationToken cancellationToken) => LockAsync(transaction, $"files.owner:{Tenant}:{owner}", cancellationToken);

    /// <summary>Keeps others from storing or deleting the same content, until the transaction ends.</summary>
    public Task LockContentAsync(NpgsqlTransaction transaction, byte[] sha256, CancellationToken cancellationToken) => LockAsync(transaction, $"files.content:{Tenant}:{Convert.ToHexString(sha256)}", cancellationToken);

    /// <summary>How many bytes an owner's files have together.</summary>
    public async Task<long> UsedAsync(NpgsqlConnection? connection, string owner, CancellationToken cancellationToken)
    {
        const string sql = "select coalesce(sum(size), 0)::bigint from files.files where tenant = @tenant and owner = @owner";
        if (connection is not null) return await connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, new { tenant = Tenant, owner }, cancellationToken: cancellationToken));
        await using var own = await database.OpenConnectionAsync(cancellationToken);
        return await own.ExecuteScalarAsync<long>(new CommandDefinition(sql, new { tenant = Tenant, owner }, cancellationToken: cancellationToken));
    }

    /// <summary>The content with these bytes that is kept already.</summary>
    public Task<BlobRow?> KeptAsync(NpgsqlTransaction? transaction, byte[] sha256, CancellationToken cancellationToken) => SingleAsync<BlobRow>(
        transaction, """select id as "Id", storage as "Storage", state as "State", size as "Size", sha256 as "Sha256" from files.blobs where tenant = @tenant and sha256 = @sha256 and state = 'kept'""",
        new { tenant = Tenant, sha256 }, cancellationToken);

    /// <summary>A content that was being written is whole now. False when it was swept away meanwhile.</summary>
    public async Task<bool> KeepAsync(NpgsqlTransaction transaction, Guid blob, byte[] sha256, long size, CancellationToken cancellationToken) => await ExecuteAsync(
        transaction, "update files.blobs set state = 'kept', sha256 = @sha256, size = @size, since = now() where tenant = @tenant and id = @blob and state = 'writing'",
        new { tenant = Tenant, blob, sha256, size }, cancellationToken) > 0;

    /// <summary>Puts a content in the place of one whose bytes were lost.</summary>
    public async Task ReplaceAsync(NpgsqlTransaction transaction, Guid lost, Guid blob, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, "update files.files set blob = @blob where tenant = @tenant and blob = @lost", new { tenant = Tenant, lost, blob }, cancellationToken);
        await ExecuteAsync(transaction, "update files.blobs set state = 'deleting', since = now() where tenant = @tenant and id = @lost", new { tenant = Tenant, lost }, cancellationToken);
    }

    public async Task<DateTime> InsertAsync(NpgsqlTransaction transaction, FileRow file, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into files.files (tenant, id, owner, name, media_type, size, sha256, blob)
            values (@tenant, @Id, @Owner, @Name, @MediaType, @Size, @Sha256, @Blob)
            returning created_at
            """;
        var row = new { tenant = Tenant, file.Id, file.Owner, file.Name, file.MediaType, file.Size, file.Sha256, file.Blob };
        return await transaction.Connection!.ExecuteScalarAsync<DateTime>(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>A file, whoever's it is, or only the owner's.</summary>
    public Task<FileRow?> FindAsync(NpgsqlTransaction? transaction, Guid id, string? owner, CancellationToken cancellationToken) => SingleAsync<FileRow>(
        transaction, $"select {Columns} from files.files f where f.tenant = @tenant and f.id = @id and (@owner::text is null or f.owner = @owner)", new { tenant = Tenant, id, owner }, cancellationToken);

    /// <summary>Deletes a file. True when its content has no other file, and is marked to be deleted.</summary>
    public async Task<bool> DeleteAsync(NpgsqlTransaction transaction, FileRow file, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, "delete from files.files where tenant = @tenant and id = @Id", new { tenant = Tenant, file.Id }, cancellationToken);
        return await OrphanAsync(transaction, file.Blob, cancellationToken);
    }

    /// <summary>Marks a content to be deleted when no file has it; whoever calls holds its lock.</summary>
    public async Task<bool> OrphanAsync(NpgsqlTransaction transaction, Guid blob, CancellationToken cancellationToken)
    {
        const string sql = """
            update files.blobs b set state = 'deleting', since = now()
             where b.tenant = @tenant and b.id = @blob and b.state = 'kept' and not exists (select from files.files f where f.tenant = b.tenant and f.blob = b.id)
            """;
        return await ExecuteAsync(transaction, sql, new { tenant = Tenant, blob }, cancellationToken) > 0;
    }

    /// <summary>Every file, or an owner's, newest first.</summary>
    public async Task<IReadOnlyList<FileRow>> ListAsync(string? owner, int most, CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from files.files f where f.tenant = @tenant and (@owner::text is null or f.owner = @owner) order by f.id desc limit @most";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<FileRow>(new CommandDefinition(sql, new { tenant = Tenant, owner, most }, cancellationToken: cancellationToken))];
    }

    private async Task<T?> SingleAsync<T>(NpgsqlTransaction? transaction, string sql, object parameters, CancellationToken cancellationToken)
    {
        if (transaction is not null) return await transaction.Connection!.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    private static Task LockAsync(NpgsqlTransaction transaction, string what, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(hashtextextended(@what, 0))", new { what }, transaction, cancellationToken: cancellationToken));

    private static Task<int> ExecuteAsync(NpgsqlTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

    private async Task ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}

/// <summary>A file as the tables have it.</summary>
internal sealed record FileRow
{
    public Guid Id { get; init; }

    public string Owner { get; init; } = "";

    public string Name { get; init; } = "";

    public string MediaType { get; init; } = "";

    public long Size { get; init; }

    public byte[] Sha256 { get; init; } = [];

    public Guid Blob { get; init; }

    public string Storage { get; init; } = "";

    public DateTime CreatedAt { get; init; }

    public FileEntry ToEntry() => new(Id, Owner, Name, MediaType, Size, Convert.ToHexStringLower(Sha256), new DateTimeOffset(DateTime.SpecifyKind(CreatedAt, DateTimeKind.Utc)));

    public FileChange ToChange() => new(Id, Owner, Name, MediaType, Size);
}

/// <summary>A content as the tables have it.</summary>
internal sealed record BlobRow
{
    public Guid Id { get; init; }

    public string Storage { get; init; } = "";

    public string State { get; init; } = "";

    public long? Size { get; init; }

    public byte[]? Sha256 { get; init; }
}
