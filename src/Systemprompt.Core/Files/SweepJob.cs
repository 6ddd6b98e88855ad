using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>
/// Deletes what uploads and deletions left behind that did not come to their end: a process died, a storage was away. Nobody is disturbed: an upload that
/// may still go on is younger, and a content that is marked to be deleted is never used again, since the same bytes get another id.
/// </summary>
internal sealed partial class SweepJob(BlobStore blobs, FileStore store, FileStorages storages, FilesSettings settings, ILogger<SweepJob> logger) : Job<NoArgs>
{
    public static readonly JobKind<NoArgs> Kind = new("files.sweep");

    private const int AtOnce = 100;

    /// <summary>Whoever marked a content deletes it himself; after so long he will not any more.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    public override async Task RunAsync(NoArgs args, JobContext context, CancellationToken cancellationToken)
    {
        await MarkAsync(cancellationToken);
        var (swept, failed) = (0, new HashSet<Guid>());
        // What cannot be deleted now stays at the head of the list; the rest must not wait for it.
        while (await blobs.LeftOverAsync(settings.UploadTimeout + TimeSpan.FromHours(1), Settled, AtOnce + failed.Count, cancellationToken) is { } left && left.Any(blob => !failed.Contains(blob.Id)))
        {
            foreach (var blob in left.Where(blob => !failed.Contains(blob.Id)))
            {
                if (await DeleteAsync(blob, cancellationToken)) context.Report(++swept, null, "contents deleted");
                else failed.Add(blob.Id);
            }
        }

        if (swept > 0) Swept(logger, swept);
        if (failed.Count > 0) throw new InvalidOperationException($"{failed.Count} contents could not be deleted from their storage; the log says why (event 2903)");
    }

    private async Task MarkAsync(CancellationToken cancellationToken)
    {
        foreach (var blob in await blobs.WithoutFileAsync(Settled, AtOnce, cancellationToken))
        {
            await using var connection = await store.ConnectAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await store.LockContentAsync(transaction, blob.Sha256!, cancellationToken);
            await store.OrphanAsync(transaction, blob.Id, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private async Task<bool> DeleteAsync(BlobRow blob, CancellationToken cancellationToken)
    {
        try
        {
            await storages.Find(blob.Storage).DeleteAsync(new FileBlob(store.Tenant, blob.Id), cancellationToken);
            await store.ForgetAsync(blob.Id, cancellationToken);
            return true;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            NotDeleted(logger, blob.Id, blob.Storage, fault);
            return false;
        }
    }

    [LoggerMessage(2902, LogLevel.Information, "Swept away {Count} contents that belong to no file")]
    private static partial void Swept(ILogger logger, int count);

    [LoggerMessage(2903, LogLevel.Warning, "Content {Blob} in storage {Storage} could not be deleted")]
    private static partial void NotDeleted(ILogger logger, Guid blob, string storage, Exception fault);
}
