using System.Collections.Concurrent;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Files;

/// <summary>An extension of a customer that brings a storage.</summary>
[Extension("shelf_room", Description = "A shelf.")]
internal sealed class ShelfRoom : Extension, IFileStorage
{
    public ConcurrentDictionary<FileBlob, byte[]> Kept { get; } = new();

    public bool IsAway { get; set; }

    public override IReadOnlyList<FileStorageRegistration> FileStorages => [new("shelf", _ => this) { Description = "Memory." }];

    public async Task WriteAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken)
    {
        RequireThere();
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        Kept[blob] = copy.ToArray();
    }

    public Task<Stream> OpenAsync(FileBlob blob, long offset, CancellationToken cancellationToken) =>
        Kept.TryGetValue(blob, out var content) ? Task.FromResult<Stream>(new MemoryStream(content[(int)offset..])) : throw new FileNotFoundException();

    public Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken)
    {
        RequireThere();
        Kept.TryRemove(blob, out _);
        return Task.CompletedTask;
    }

    public Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken) => Task.FromResult(Kept.TryGetValue(blob, out var content) ? content.Length : (long?)null);

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(IsAway ? "away" : null);

    private void RequireThere()
    {
        if (IsAway) throw new InvalidOperationException("away");
    }
}
