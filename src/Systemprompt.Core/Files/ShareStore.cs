using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>Who may read which file, in PostgreSQL.</summary>
internal sealed class ShareStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>A file may be shared with so many.</summary>
    public const int MostShares = 500;

    private const string Live = "(s.expires_at is null or s.expires_at > now())";

    /// <summary>A file as one sees it who may own it or have it shared: what decides stands beside it.</summary>
    public async Task<SeenFile?> SeeAsync(Guid id, string reader, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {FileStore.Columns},
                   f.owner = @reader or exists (select from files.shares s where s.tenant = f.tenant and s.file = f.id and {Live}
                                                   and (s.kind = 'everyone' or (s.kind = 'user' and s.name = @reader))) as "IsOpen",
                   array(select s.name from files.shares s where s.tenant = f.tenant and s.file = f.id and s.kind = 'team' and {Live}) as "Teams"
              from files.files f
             where f.tenant = @tenant and f.id = @id
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var seen = await connection.QueryAsync<FileRow, Visibility, SeenFile>(
            new CommandDefinition(sql, new { tenant = profile.Tenant, id, reader }, cancellationToken: cancellationToken), static (file, visibility) => new SeenFile(file, visibility.IsOpen, visibility.Teams), "IsOpen");
        return seen.SingleOrDefault();
    }

    /// <summary>Files that somebody owns or that are shared with him, newest first, older than one.</summary>
    public async Task<IReadOnlyList<FileRow>> VisibleAsync(FilesVisible which, CancellationToken cancellationToken)
    {
        const string sql = $"""
            with visible as (
                (select f.id from files.files f where f.tenant = @tenant and f.owner = @Reader and f.id < @Before and @Own order by f.id desc limit @Most)
                union
                (select distinct s.file from files.shares s join files.files o on o.tenant = s.tenant and o.id = s.file and o.owner <> @Reader
                  where s.tenant = @tenant and s.file < @Before and {Live} and @Shared
                    and ((s.kind = 'everyone' and s.name = '') or (s.kind = 'user' and s.name = @Reader) or (s.kind = 'team' and s.name = any(@Teams)))
                  order by s.file desc limit @Most)
            )
            select {FileStore.Columns} from files.files f where f.tenant = @tenant and f.id = any(select id from visible) and (@Own or f.owner <> @Reader)
             order by f.id desc limit @Most
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var parameters = new { tenant = profile.Tenant, which.Reader, Teams = which.Teams.ToArray(), which.Before, which.Own, which.Shared, which.Most };
        return [.. await connection.QueryAsync<FileRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))];
    }

    public async Task<IReadOnlyList<ShareRow>> ListAsync(Guid file, CancellationToken cancellationToken)
    {
        const string sql = """
            select kind as "Kind", name as "Name", created_at as "CreatedAt", created_by as "CreatedBy", expires_at as "ExpiresAt"
              from files.shares where tenant = @tenant and file = @file order by kind, name
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<ShareRow>(new CommandDefinition(sql, new { tenant = profile.Tenant, file }, cancellationToken: cancellationToken))];
    }

    /// <summary>Shares a file, or changes until when. False when it has as many shares as it may have, or is gone.</summary>
    public async Task<bool> ShareAsync(Guid file, ShareTarget with, TimeSpan? lifetime, string by, CancellationToken cancellationToken)
    {
        const string over = "delete from files.shares where tenant = @tenant and file = @file and expires_at <= now()";
        const string sql = $"""
            insert into files.shares (tenant, file, kind, name, created_by, expires_at)
            select @tenant, f.id, @Kind, @Name, @by, now() + @lifetime
              from files.files f
             where f.tenant = @tenant and f.id = @file
               and (select count(*) from files.shares s where s.tenant = @tenant and s.file = @file and (s.kind, s.name) <> (@Kind, @Name) and {Live}) < @MostShares
            on conflict (tenant, file, kind, name) do update set expires_at = excluded.expires_at
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(over, new { tenant = profile.Tenant, file }, cancellationToken: cancellationToken));
        return await connection.ExecuteAsync(new CommandDefinition(sql, new { tenant = profile.Tenant, file, with.Kind, with.Name, by, lifetime, MostShares }, cancellationToken: cancellationToken)) > 0;
    }

    public async Task<bool> UnshareAsync(Guid file, ShareTarget with, CancellationToken cancellationToken)
    {
        const string sql = "delete from files.shares where tenant = @tenant and file = @file and kind = @Kind and name = @Name";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, new { tenant = profile.Tenant, file, with.Kind, with.Name }, cancellationToken: cancellationToken)) > 0;
    }

    private sealed record Visibility
    {
        public bool IsOpen { get; init; }

        public string[] Teams { get; init; } = [];
    }
}

/// <summary>A file, and what decides whether the one who asks may see it.</summary>
/// <param name="File">The file.</param>
/// <param name="IsOpen">It is his, or shared with him or everyone.</param>
/// <param name="Teams">Teams it is shared with.</param>
internal sealed record SeenFile(FileRow File, bool IsOpen, IReadOnlyList<string> Teams);

/// <summary>Which files to list.</summary>
internal sealed record FilesVisible(string Reader)
{
    public IReadOnlyList<string> Teams { get; init; } = [];

    public Guid Before { get; init; } = Guid.AllBitsSet;

    public bool Own { get; init; } = true;

    public bool Shared { get; init; } = true;

    public int Most { get; init; } = 50;
}

/// <summary>A share as the table has it.</summary>
internal sealed record ShareRow
{
    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime? ExpiresAt { get; init; }
}
