using System.Net;
using System.Text;

namespace Systemprompt.Ai;

/// <summary>A body with a change at one place, sent without being copied.</summary>
internal sealed class SplicedContent(ReadOnlyMemory<byte> body, Splice splice) : HttpContent
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(splice.Text);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(body[..splice.At], cancellationToken);
        await stream.WriteAsync(_text, cancellationToken);
        await stream.WriteAsync(body[(splice.At + splice.Removed)..], cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length - splice.Removed + _text.Length;
        return true;
    }
}
