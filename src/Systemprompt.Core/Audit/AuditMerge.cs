using System.Runtime.CompilerServices;

namespace Systemprompt.Audit;

/// <summary>All sources as one stream, ordered by time and id. Holds one entry of each source.</summary>
internal static class AuditMerge
{
    public static async IAsyncEnumerable<AuditEntry> ReadAsync(
        IEnumerable<IAuditSource> sources, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var readers = new List<IAsyncEnumerator<AuditEntry>>();
        try
        {
            var next = new PriorityQueue<IAsyncEnumerator<AuditEntry>, (DateTimeOffset, Guid)>(Order(filter.NewestFirst));
            foreach (var source in sources)
            {
                var reader = source.ReadAsync(filter, cancellationToken).GetAsyncEnumerator(cancellationToken);
                readers.Add(reader);
                if (await reader.MoveNextAsync()) next.Enqueue(reader, Place(reader));
            }

            for (var left = filter.Limit ?? int.MaxValue; left > 0 && next.TryDequeue(out var reader, out _); left--)
            {
                yield return reader.Current;
                if (left > 1 && await reader.MoveNextAsync()) next.Enqueue(reader, Place(reader));
            }
        }
        finally
        {
            foreach (var reader in readers) await reader.DisposeAsync();
        }
    }

    private static (DateTimeOffset At, Guid Id) Place(IAsyncEnumerator<AuditEntry> reader) => (reader.Current.At, reader.Current.Id);

    private static Comparer<(DateTimeOffset, Guid)> Order(bool newestFirst) =>
        newestFirst ? Comparer<(DateTimeOffset, Guid)>.Create(static (left, right) => right.CompareTo(left)) : Comparer<(DateTimeOffset, Guid)>.Default;
}
