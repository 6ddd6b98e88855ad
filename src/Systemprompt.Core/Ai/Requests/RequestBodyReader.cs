using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>
/// Reads the whole request body into pooled memory. A body in gzip, deflate or br is decompressed, so that policies see, and the provider
/// gets, the same plain bytes; the size limit holds for these, which makes a decompression bomb as harmless as a large body.
/// </summary>
internal static class RequestBodyReader
{
    /// <summary>Reads the body into <paramref name="body"/>.</summary>
    /// <exception cref="GatewayException">The body is refused.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public static async ValueTask ReadAsync(HttpRequest request, PooledBody body, long limit, CancellationToken cancellationToken)
    {
        // The kernel's body limit is lower than what the Messages API takes; this route has its own, answered in Anthropic's shape.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        var encoding = request.Headers.ContentEncoding.ToString();
        var plain = Encodings.IsPlain(encoding);
        if (plain && request.ContentLength > limit) throw new GatewayException(GatewayFault.TooLarge(limit));
        await using var decompressed = plain ? null : Encodings.TryDecompress(encoding, request.Body) ?? throw new GatewayException(GatewayFault.UnsupportedEncoding());
        try
        {
            // One byte more than declared shows the end without growing.
            await FillAsync(decompressed ?? request.Body, body, limit, plain ? request.ContentLength + 1 : null, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new GatewayException(GatewayFault.Invalid("the request body is not what its content-encoding says"), exception);
        }
        catch (IOException exception)
        {
            throw new GatewayException(GatewayFault.Invalid("the request body broke off, or came too slowly"), exception);
        }
    }

    private static async ValueTask FillAsync(Stream stream, PooledBody body, long limit, long? expected, CancellationToken cancellationToken)
    {
        while (await stream.ReadAsync(body.GetSpace(expected), cancellationToken) is > 0 and var count)
        {
            body.Advance(count);
            if (body.IsOverLimit) throw new GatewayException(GatewayFault.TooLarge(limit));
        }
    }
}
