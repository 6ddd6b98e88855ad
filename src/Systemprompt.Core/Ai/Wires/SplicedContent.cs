using System.Net;
using System.Text;

namespace Systemprompt.Ai;

/// <summary>A body with changes at some places, sent without being copied.</summary>
/// <param name="body">The body as it came.</param>
/// <param name="changes">In the order of their places, not overlapping.</param>
internal sealed class SplicedContent(ReadOnlyMemory<byte> body, Splice[] changes) : HttpContent
{
    private readonly byte[][] _texts = [.. changes.Select(change => Encoding.UTF8.GetBytes(change.Text))];

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var at = 0;
        for (var i = 0; i < changes.Length; i++)
        {
            await stream.WriteAsync(body[at..changes[i].At], cancellationToken);
            await stream.WriteAsync(_texts[i], cancellationToken);
            at = changes[i].At + changes[i].Removed;
        }

        await stream.WriteAsync(body[at..], cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length + _texts.Sum(text => text.Length) - changes.Sum(change => change.Removed);
        return true;
    }
}
