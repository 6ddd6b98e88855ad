using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;
using Systemprompt.Users;

namespace Systemprompt.Files;

/// <summary>Files for whoever may see them. One that is not there and one that is somebody else's are told alike.</summary>
internal sealed partial class FileDesk(FileStore store, ShareStore shares, FileStorages storages, FileIntake intake, IUsers users, IEvents events, ILogger<FileDesk> logger) : IFiles
{
    private static readonly TimeSpan LongestShare = TimeSpan.FromDays(3650);

    public async Task<FileEntry> StoreAsync(NewFile file, Stream content, CancellationToken cancellationToken)
    {
        await using var upload = await intake.ReceiveAsync(file, content, cancellationToken);
        return await intake.KeepAsync(upload, cancellationToken);
    }

    public async Task<FileEntry?> FindAsync(Guid id, string? reader, CancellationToken cancellationToken) => (await SeeAsync(id, reader, cancellationToken))?.ToEntry();

    public async Task<Stream> OpenAsync(Guid id, string? reader, CancellationToken cancellationToken) =>
        await OpenAsync(await SeeAsync(id, reader, cancellationToken) ?? throw FileException.NoSuchFile(), cancellationToken);

    /// <summary>The content of a file that was found.</summary>
    /// <exception cref="FileException">The storage has lost it.</exception>
    public async Task<Stream> OpenAsync(FileRow file, CancellationToken cancellationToken)
    {
        var (storage, blob) = (storages.Find(file.Storage), new FileBlob(store.Tenant, file.Blob));
        if (await storage.LengthAsync(blob, cancellationToken) is { } length && length == file.Size) return new ContentStream(storage, blob, length);
        Lost(logger, file.Id, blob, file.Storage);
        throw new FileException("content_missing", "the content of this file is lost or damaged; an operator finds it with 'files verify', and storing the same bytes again mends it");
    }

    /// <summary>A file, if the reader may see it.</summary>
    public async Task<FileRow?> SeeAsync(Guid id, string? reader, CancellationToken cancellationToken)
    {
        if (reader is null) return await store.FindAsync(null, id, null, cancellationToken);
        if (await shares.SeeAsync(id, reader, cancellationToken) is not { } seen) return null;
        if (seen.IsOpen) return seen.File;
        if (seen.Teams.Count == 0) return null;
        return (await TeamsAsync(reader, cancellationToken)).Intersect(seen.Teams).Any() ? seen.File : null;
    }

    /// <summary>Files that a reader may see, newest first.</summary>
    public async Task<IReadOnlyList<FileRow>> ListAsync(FilesVisible which, CancellationToken cancellationToken) =>
        await shares.VisibleAsync(which with { Teams = which.Shared ? await TeamsAsync(which.Reader, cancellationToken) : [] }, cancellationToken);

    public async Task<bool> DeleteAsync(Guid id, string? owner, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(null, id, owner, cancellationToken) is not { } known) return false;
        bool orphaned;
        await using (var connection = await store.ConnectAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await store.LockContentAsync(transaction, known.Sha256, cancellationToken);
            // Read again under the lock: it may be gone, or have got another content in the place of a lost one.
            if (await store.FindAsync(transaction, id, owner, cancellationToken) is not { } file) return false;
            orphaned = await store.DeleteAsync(transaction, file, cancellationToken);
            await events.PublishAsync(FileEvents.Deleted, file.ToChange(), Audience.User(file.Owner), transaction, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            known = file;
        }

        if (orphaned) await intake.DiscardAsync(new FileBlob(store.Tenant, known.Blob), known.Storage);
        return true;
    }

    public async Task ShareAsync(Guid id, ShareTarget with, TimeSpan? lifetime, string? by, CancellationToken cancellationToken)
    {
        Check(with);
        if (lifetime is { } time && (time < TimeSpan.FromSeconds(1) || time > LongestShare)) throw FileException.Invalid("a share lasts from 1s to ten years, or for good");
        if (await store.FindAsync(null, id, by, cancellationToken) is not { } file) throw FileException.NoSuchFile();
        if (!await shares.ShareAsync(file.Id, with, lifetime, by ?? "cli", cancellationToken))
            throw FileException.Invalid($"a file is shared with {ShareStore.MostShares} at most; share it with a team or everyone instead");
    }

    public async Task<bool> UnshareAsync(Guid id, ShareTarget with, string? by, CancellationToken cancellationToken) =>
        await store.FindAsync(null, id, by, cancellationToken) is { } file ? await shares.UnshareAsync(file.Id, with, cancellationToken) : throw FileException.NoSuchFile();

    /// <summary>With whom a file is shared, for its owner.</summary>
    public async Task<IReadOnlyList<ShareRow>> SharesAsync(Guid id, string? owner, CancellationToken cancellationToken) =>
        await store.FindAsync(null, id, owner, cancellationToken) is { } file ? await shares.ListAsync(file.Id, cancellationToken) : throw FileException.NoSuchFile();

    private async Task<IReadOnlyList<string>> TeamsAsync(string login, CancellationToken cancellationToken) => (await users.FindAsync(login, cancellationToken))?.Teams ?? [];

    private static void Check(ShareTarget with)
    {
        if (with.Kind != "everyone" && !Name().IsMatch(with.Name)) throw FileException.Invalid($"'{with.Name}' is no name of a {with.Kind}: letters, digits and . _ - @ +, at most 100");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}\z")]
    private static partial Regex Name();

    [LoggerMessage(2901, LogLevel.Error, "The content of file {File} is lost or damaged: {Blob} in storage {Storage}")]
    private static partial void Lost(ILogger logger, Guid file, FileBlob blob, string storage);
}
