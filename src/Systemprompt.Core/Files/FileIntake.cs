using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>
/// Takes files in, in two steps: the content is written to the storage under a fresh id, then one transaction makes the file known. Whatever happens
/// in between, nothing of it is seen, and what was written is deleted; if the process itself dies, by the sweep.
/// </summary>
internal sealed partial class FileIntake(
    FileStore store, FileStorages storages, FilesSettings settings, UploadPlaces places, IEvents events, TimeProvider clock, ILogger<FileIntake> logger)
{
    private const int LongestOwner = 200;

    /// <summary>Writes a content. It becomes a file by <see cref="KeepAsync"/>, or goes when what is returned is disposed.</summary>
    /// <exception cref="FileException">It is not taken; nothing stays.</exception>
    public async Task<Upload> ReceiveAsync(NewFile file, Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Owner.Length is 0 or > LongestOwner || file.Owner.Any(char.IsControl)) throw FileException.Invalid($"an owner's login has 1 to {LongestOwner} characters");
        if (file.Length > settings.MaxSize.Bytes) throw TooLarge();
        var place = places.TryTake(file.Owner) ?? throw new FileException("busy", "as many uploads as are taken at once are under way, in all or for this owner; try again in a moment");
        try
        {
            using var timeout = new CancellationTokenSource(settings.UploadTimeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            try
            {
                var upload = await WriteAsync(file with { Name = FileName.Clean(file.Name) }, content, place, either.Token);
                place = null;
                return upload;
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new FileException("upload_timeout", "the upload took longer than files.upload_timeout allows");
            }
        }
        catch (FileStorageFullException fault)
        {
            throw new FileException("storage_full", fault.Message, fault);
        }
        catch (PostgresException fault) when (DatabaseErrors.IsDiskFull(fault))
        {
            throw DatabaseFull(fault);
        }
        finally
        {
            place?.Dispose();
        }
    }

    /// <summary>Makes a file of what was received.</summary>
    /// <exception cref="FileException">The owner has used up his quota meanwhile.</exception>
    public async Task<FileEntry> KeepAsync(Upload upload, CancellationToken cancellationToken)
    {
        try
        {
            // Asked before: whoever holds a connection must not wait for another one.
            var known = await KnownAsync(upload, cancellationToken);
            await using var connection = await store.ConnectAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (settings.Quota.Bytes > 0)
            {
                await store.LockOwnerAsync(transaction, upload.File.Owner, cancellationToken);
                if (await store.UsedAsync(connection, upload.File.Owner, cancellationToken) + upload.Size > settings.Quota.Bytes) throw BeyondQuota();
            }

            await store.LockContentAsync(transaction, upload.Sha256, cancellationToken);
            var (blob, lost) = await ChooseAsync(transaction, upload, known, cancellationToken);
            var row = new FileRow
            {
                Id = Guid.CreateVersion7(clock.GetUtcNow()), Owner = upload.File.Owner, Name = upload.File.Name, MediaType = upload.MediaType, Size = upload.Size, Sha256 = upload.Sha256, Blob = blob,
            };
            row = row with { CreatedAt = await store.InsertAsync(transaction, row, cancellationToken) };
            await events.PublishAsync(FileEvents.Stored, row.ToChange(), Audience.User(row.Owner), transaction, cancellationToken);
            // Not cancellable: a commit that is given up half-way may have happened.
            await transaction.CommitAsync(CancellationToken.None);
            upload.IsKept = blob == upload.Blob.Id;
            if (lost is not null) await DiscardAsync(new FileBlob(store.Tenant, lost.Id), lost.Storage);
            return row.ToEntry();
        }
        catch (PostgresException fault) when (DatabaseErrors.IsDiskFull(fault))
        {
            throw DatabaseFull(fault);
        }
    }

    /// <summary>
    /// Deletes a content's bytes, then its row, unless a file has it after all: a commit can have happened whose answer was lost. What fails is left to the
    /// sweep.
    /// </summary>
    public async Task DiscardAsync(FileBlob blob, string storage)
    {
        try
        {
            if (!await store.CondemnAsync(blob.Id, CancellationToken.None)) return;
            await storages.Find(storage).DeleteAsync(blob, CancellationToken.None);
            await store.ForgetAsync(blob.Id, CancellationToken.None);
        }
        catch (Exception fault)
        {
            NotDiscarded(logger, blob, storage, fault);
        }
    }

    private async Task<Upload> WriteAsync(NewFile file, Stream content, IDisposable place, CancellationToken cancellationToken)
    {
        var left = settings.Quota.Bytes == 0 ? long.MaxValue : settings.Quota.Bytes - await store.UsedAsync(null, file.Owner, cancellationToken);
        if (left <= 0 || file.Length > left) throw BeyondQuota();
        await using var measured = new MeasuredStream(content, Math.Min(left, settings.MaxSize.Bytes), left < settings.MaxSize.Bytes ? BeyondQuota : TooLarge);
        var mediaType = MediaTypes.Of((await measured.HeadAsync(MediaTypes.HeadLength, cancellationToken)).Span, file.Name);
        if (!MediaTypes.Matches(settings.Kinds, mediaType))
            throw new FileException("kind_not_allowed", $"the content is {mediaType}, which is not taken here; taken are {string.Join(", ", settings.Kinds)}");

        var (blob, storage) = (new FileBlob(store.Tenant, Guid.CreateVersion7(clock.GetUtcNow())), storages.Chosen);
        await store.BeginAsync(blob.Id, storage, cancellationToken);
        try
        {
            await storages.Current.WriteAsync(blob, measured, file.Length, cancellationToken);
            if (file.Length is { } length && measured.Count != length) throw FileException.Invalid($"{measured.Count} bytes came of {length} that were announced");
            var sha256 = measured.Hash();
            if (!file.Sha256.IsEmpty && !CryptographicOperations.FixedTimeEquals(file.Sha256.Span, sha256))
                throw new FileException("digest_mismatch", $"the content does not have the SHA-256 that was announced, but {Convert.ToHexStringLower(sha256)}; send it again");
            return new Upload(file, blob, storage, mediaType, measured.Count, sha256, place, this);
        }
        catch
        {
            await DiscardAsync(blob, storage);
            throw;
        }
    }

    /// <summary>The content with the same bytes that is kept already, and whether its storage still has it. One that cannot be asked has not: the file gets the bytes that came.</summary>
    private async Task<(Guid? Id, bool IsThere)> KnownAsync(Upload upload, CancellationToken cancellationToken)
    {
        if (await store.KeptAsync(null, upload.Sha256, cancellationToken) is not { } kept) return (null, false);
        try
        {
            return (kept.Id, await storages.Find(kept.Storage).LengthAsync(new FileBlob(store.Tenant, kept.Id), cancellationToken) == upload.Size);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            NotAsked(logger, kept.Id, kept.Storage, fault);
            return (kept.Id, false);
        }
    }

    /// <summary>The content that the file gets: one that is kept already, or the one that came. And one whose bytes were lost, if this makes good for it.</summary>
    private async Task<(Guid Blob, BlobRow? Lost)> ChooseAsync(NpgsqlTransaction transaction, Upload upload, (Guid? Id, bool IsThere) known, CancellationToken cancellationToken)
    {
        var kept = await store.KeptAsync(transaction, upload.Sha256, cancellationToken);
        // One that came meanwhile was written a moment ago.
        if (kept is not null && (kept.Id != known.Id || known.IsThere)) return (kept.Id, null);
        if (kept is not null) await store.ReplaceAsync(transaction, kept.Id, upload.Blob.Id, cancellationToken);
        return await store.KeepAsync(transaction, upload.Blob.Id, upload.Sha256, upload.Size, cancellationToken)
            ? (upload.Blob.Id, kept)
            : throw new FileException("upload_timeout", "the upload took so long that it was swept away; send it again");
    }

    private FileException TooLarge() => new("too_large", $"a file has at most {settings.MaxSize} (files.max_size)");

    private FileException BeyondQuota() => new("quota_exceeded", $"the owner's files would have more than {settings.Quota} together (files.quota); delete some first");

    private static FileException DatabaseFull(Exception fault) => new("storage_full", "the disk of the database is full; try again when an operator has made room", fault);

    [LoggerMessage(2900, LogLevel.Warning, "Content {Blob} in storage {Storage} could not be deleted; the sweep tries again")]
    private static partial void NotDiscarded(ILogger logger, FileBlob blob, string storage, Exception fault);

    [LoggerMessage(2904, LogLevel.Warning, "Storage {Storage} does not say whether it has content {Blob}; the same bytes came again and take its place")]
    private static partial void NotAsked(ILogger logger, Guid blob, string storage, Exception fault);
}

/// <summary>A content that is written and not a file yet, and its place among the uploads. Disposing gives up the place and deletes the content, unless it was kept.</summary>
internal sealed class Upload(NewFile file, FileBlob blob, string storage, string mediaType, long size, byte[] sha256, IDisposable place, FileIntake intake) : IAsyncDisposable
{
    public NewFile File { get; } = file;

    public FileBlob Blob { get; } = blob;

    public string MediaType { get; } = mediaType;

    public long Size { get; } = size;

    public byte[] Sha256 { get; } = sha256;

    /// <summary>The content belongs to a file.</summary>
    public bool IsKept { get; set; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!IsKept) await intake.DiscardAsync(Blob, storage);
        }
        finally
        {
            place.Dispose();
        }
    }
}
