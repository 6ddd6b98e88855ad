using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>Files that users and extensions keep. From the container; bytes are streamed both ways and never held as a whole.</summary>
public interface IFiles
{
    /// <summary>Keeps a file. It is there when this returns, or not at all.</summary>
    /// <param name="file">What it is called and whose it is.</param>
    /// <param name="content">The bytes, read to the end; not disposed.</param>
    /// <param name="cancellationToken">Gives up; nothing stays.</param>
    /// <exception cref="FileException">It is too large, of a kind that is not taken, beyond the owner's quota, not what its hash says, or there is no room.</exception>
    Task<FileEntry> StoreAsync(NewFile file, Stream content, CancellationToken cancellationToken = default);

    /// <summary>What is known of a file; null when there is none, or it is not the reader's to see.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="reader">The login that asks: its owner, or somebody it is shared with. Null asks for the installation, which sees all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<FileEntry?> FindAsync(Guid id, string? reader, CancellationToken cancellationToken = default);

    /// <summary>A file's bytes, as a stream that can be sought in; reading begins at the storage when the first byte is asked for.</summary>
    /// <inheritdoc cref="FindAsync"/>
    /// <exception cref="FileException">There is none, it is not the reader's, or the storage has lost its content.</exception>
    Task<Stream> OpenAsync(Guid id, string? reader, CancellationToken cancellationToken = default);

    /// <summary>Deletes a file; its bytes too, unless another file has the same.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="owner">Only if it is his; null deletes anybody's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when there is none, or it is not his.</returns>
    Task<bool> DeleteAsync(Guid id, string? owner, CancellationToken cancellationToken = default);

    /// <summary>Lets others read a file, or changes until when.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="with">With whom.</param>
    /// <param name="lifetime">For how long; null for good.</param>
    /// <param name="by">The login that shares it, which must own it; null for the installation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileException">There is none, it is not his, or the target is not well-formed.</exception>
    Task ShareAsync(Guid id, ShareTarget with, TimeSpan? lifetime, string? by, CancellationToken cancellationToken = default);

    /// <summary>Takes a share back.</summary>
    /// <returns>False when it was not shared so.</returns>
    /// <inheritdoc cref="ShareAsync"/>
    Task<bool> UnshareAsync(Guid id, ShareTarget with, string? by, CancellationToken cancellationToken = default);
}

/// <summary>A file to keep.</summary>
/// <param name="Name">What it is called. Folders, control letters and the like are removed from it.</param>
/// <param name="Owner">The login that it belongs to.</param>
public sealed record NewFile(string Name, string Owner)
{
    /// <summary>How many bytes it has, if that is known; another number is refused.</summary>
    public long? Length { get; init; }

    /// <summary>Its SHA-256, or empty if that is not known; other bytes are refused.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; init; }
}

/// <summary>A file that is kept.</summary>
/// <param name="Id">Its id; later files have greater ones.</param>
/// <param name="Owner">The login that it belongs to.</param>
/// <param name="Name">What it is called: no folders, at most 255 bytes.</param>
/// <param name="MediaType">What its content is, by how it begins.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">Of its content, 64 lower-case hexadecimal digits.</param>
/// <param name="CreatedAt">When it was stored.</param>
public sealed record FileEntry(Guid Id, string Owner, string Name, string MediaType, long Size, string Sha256, DateTimeOffset CreatedAt);

/// <summary>Whom a file is shared with.</summary>
public sealed record ShareTarget
{
    private ShareTarget(string kind, string name) => (Kind, Name) = (kind, name);

    /// <summary>Every authenticated caller of the installation.</summary>
    public static ShareTarget Everyone { get; } = new("everyone", "");

    /// <summary><c>user</c>, <c>team</c> or <c>everyone</c>.</summary>
    public string Kind { get; }

    /// <summary>The user's or the team's; empty for everyone.</summary>
    public string Name { get; }

    /// <summary>One user, by login.</summary>
    public static ShareTarget User(string login) => new("user", login);

    /// <summary>Whoever is in a team when he asks.</summary>
    public static ShareTarget Team(string name) => new("team", name);

    /// <inheritdoc/>
    public override string ToString() => Name.Length == 0 ? Kind : $"{Kind} {Name}";
}

/// <summary>A file was stored, or deleted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Name">What it is called.</param>
/// <param name="MediaType">What its content is.</param>
/// <param name="Size">In bytes.</param>
public sealed record FileChange(Guid Id, string Owner, string Name, string MediaType, long Size);

/// <summary>What the room publishes; the owner may listen.</summary>
public static class FileEvents
{
    /// <summary>A file was stored.</summary>
    public static EventKind<FileChange> Stored { get; } = new("files.stored");

    /// <summary>A file was deleted.</summary>
    public static EventKind<FileChange> Deleted { get; } = new("files.deleted");
}
