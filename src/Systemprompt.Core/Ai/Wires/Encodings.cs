using System.IO.Compression;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Systemprompt.Ai;

/// <summary>The content encodings that are understood (RFC 9110, 8.4.1).</summary>
internal static class Encodings
{
    public static bool IsPlain(string? encoding) => string.IsNullOrEmpty(encoding) || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when a client names the encoding as one it reads (RFC 9110, 12.5.3); weight 0 means that it does not.</summary>
    public static bool Accepts(StringValues acceptEncoding, string encoding) =>
        StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted)
        && accepted.Any(item => item.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && item.Quality is not 0);

    /// <summary>A stream of plain bytes over a compressed one, which stays open; null for an unknown encoding.</summary>
    public static Stream? TryDecompress(string encoding, Stream body) => encoding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliReader(body),
        _ => null,
    };

    /// <summary>A stream of plain bytes over a provider's answer; null when that is plain already.</summary>
    /// <exception cref="GatewayException">The encoding is unknown.</exception>
    public static Stream? Decompress(string? encoding, Stream body, string provider)
    {
        if (IsPlain(encoding)) return null;
        return TryDecompress(encoding!, body) ?? throw new GatewayException(GatewayFault.BadAnswer(provider, "its content-encoding is unknown"));
    }
}
