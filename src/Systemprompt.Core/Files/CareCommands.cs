using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary><c>files verify|usage</c>: is everything still there, and how much is it.</summary>
internal static class CareCommands
{
    private const int AtOnce = 500;
    private const int BufferLength = 128 * 1024;
    private static readonly Option<int> Limit = new("--limit") { Description = "How many owners at most, those with the most first, up to 10000.", DefaultValueFactory = static _ => 50 };

    public static void Map(CommandMap commands)
    {
        commands.Map("files verify", "Reads every content and compares it with its SHA-256; says which are damaged or missing, and which files have them. Exit code 1 when one is.", "files verify", [], VerifyAsync);
        commands.Map("files usage", "Shows what each owner has, and what the storages hold: each content once.", "files usage", [Limit], UsageAsync);
    }

    private static async Task<int> VerifyAsync(CliCall call, CancellationToken cancellationToken)
    {
        var blobs = await FilesCommands.ServiceAsync<BlobStore>(call, cancellationToken);
        var storages = await FilesCommands.ServiceAsync<FileStorages>(call, cancellationToken);
        var (contents, bytes, bad) = (0L, 0L, new List<BadContent>());
        for (var after = Guid.Empty; await blobs.KeptAfterAsync(after, AtOnce, cancellationToken) is { Count: > 0 } page; after = page[^1].Id)
        {
            foreach (var blob in page)
            {
                (contents, bytes) = (contents + 1, bytes + blob.Size!.Value);
                if (await FaultAsync(storages, new FileBlob(call.Profile.Tenant, blob.Id), blob, cancellationToken) is not { } fault) continue;
                var files = await blobs.FilesOfAsync(blob.Id, cancellationToken);
                // Deleted while it was read: nobody misses it.
                if (files.Count > 0) bad.Add(new BadContent(blob.Id, blob.Storage, fault, [.. files.Select(file => file.ToEntry())]));
            }
        }

        if (call.Output.IsJson) call.Output.Document(new { contents, bytes, bad });
        else if (bad.Count == 0) call.Output.Line($"{contents} contents with {bytes} bytes are as they were stored");
        else
        {
            call.Output.List(
                bad.SelectMany(content => content.Files.Select(file => (content, file))).ToList(),
                ("content", row => row.content.Content), ("storage", row => row.content.Storage), ("fault", row => row.content.Fault), ("file", row => row.file.Id), ("name", row => row.file.Name), ("owner", row => row.file.Owner));
            call.Output.Notice($"{bad.Count} of {contents} contents are damaged or missing; storing the same bytes again mends one that is missing");
        }

        return bad.Count == 0 ? 0 : 1;
    }

    private static async Task<string?> FaultAsync(FileStorages storages, FileBlob blob, BlobRow row, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            await using var content = await storages.Find(row.Storage).OpenAsync(blob, 0, cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var length = 0L;
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                length += read;
                hash.AppendData(buffer, 0, read);
            }

            return length != row.Size ? $"{length} of {row.Size} bytes" : hash.GetHashAndReset().AsSpan().SequenceEqual(row.Sha256) ? null : "damaged";
        }
        catch (FileNotFoundException)
        {
            return "missing";
        }
        catch (FileException fault)
        {
            return fault.Message;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {fault.GetType().Name}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> UsageAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(Limit) is < 1 or > 10_000) throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 10000", 2);
        var blobs = await FilesCommands.ServiceAsync<BlobStore>(call, cancellationToken);
        var (owners, storages, quota) = (await blobs.OwnersAsync(call.Get(Limit), cancellationToken), await blobs.StoragesAsync(cancellationToken), call.Profile.Section<FilesSettings>().Quota.Bytes);
        if (call.Output.IsJson)
        {
            call.Output.Document(new { owners, storages, quota });
            return 0;
        }

        call.Output.List(owners, ("owner", row => row.Owner), ("files", row => row.Files), ("bytes", row => row.Bytes), ("of quota", row => quota == 0 ? "" : $"{(double)row.Bytes / quota:P1}"));
        call.Output.List(storages, ("storage", row => row.Storage), ("contents", row => row.Contents), ("bytes", row => row.Bytes), ("unfinished", row => row.Unfinished));
        return 0;
    }
}

/// <summary>A content that is not as it was stored.</summary>
/// <param name="Content">Its id.</param>
/// <param name="Storage">Where it should be.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Files">The files that have it, a hundred at most.</param>
internal sealed record BadContent(Guid Content, string Storage, string Fault, IReadOnlyList<FileEntry> Files);
