namespace Systemprompt.Extensions;

/// <summary>
/// Keeps the bytes of files: a directory, a database, an object store. What a file is called, whose it is and who may read it is not its business,
/// and never reaches it: it knows contents by ids alone. One instance a process; every member is called by many at once.
/// </summary>
public interface IFileStorage
{
    /// <summary>Keeps a content. When this returns, it must survive a crash. When it throws, what was written may stay: the caller deletes it.</summary>
    /// <param name="blob">What to keep it under. Never used before, so there is nothing to overwrite.</param>
    /// <param name="content">The bytes, read forward to the end, asynchronously only. It may come slowly: hold no connection or lock meanwhile.</param>
    /// <param name="length">How many bytes there will be, if anybody said so; to refuse early what has no room.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileStorageFullException">There is no room for it.</exception>
    Task WriteAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken);

    /// <summary>Opens a content for reading from a place in it to its end. Whoever reads may stop earlier.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="offset">Bytes to leave out at its beginning: 0 to its length.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is no such content, or it ends before <paramref name="offset"/>.</exception>
    Task<Stream> OpenAsync(FileBlob blob, long offset, CancellationToken cancellationToken);

    /// <summary>Deletes a content, also one that was written in part. One that is not there is no error.</summary>
    Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken);

    /// <summary>How many bytes are kept; null when there is no such content. Cheap: asked before every download.</summary>
    Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken);

    /// <summary>What is wrong with the storage, in one sentence that names no place, since health is public; null when contents can be written.</summary>
    Task<string?> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Names a content. Made of a tenant and an id and of nothing that a user typed; <see cref="ToString"/> is safe as a key anywhere.</summary>
/// <param name="Tenant">The tenant: a-z, 0-9 and '-'.</param>
/// <param name="Id">Unique, and never given twice: the same bytes stored again have another one.</param>
public readonly record struct FileBlob(string Tenant, Guid Id)
{
    /// <summary><c>tenant/id</c>, the id as 32 hexadecimal digits.</summary>
    public override string ToString() => $"{Tenant}/{Id:N}";
}

/// <summary>A storage has no room for a content. The message is for whoever uploads it: no paths, no addresses.</summary>
public sealed class FileStorageFullException(string message, Exception? inner = null) : IOException(message, inner);
