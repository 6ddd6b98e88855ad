using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Systemprompt.Web.Content;

/// <summary>An answer that a client may keep and asks after by its ETag, which is the digest of what it would get: layout and all.</summary>
internal sealed class KeptResult(ReadOnlyMemory<byte> content, string contentType, DateTimeOffset? modified = null) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content.Span)).AsSpan(0, 32)}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.CacheControl = "no-cache";
        if (modified is { } time) response.Headers.LastModified = HeaderUtilities.FormatDate(time);
        if (response.StatusCode == StatusCodes.Status200OK && httpContext.Request.GetTypedHeaders().IfNoneMatch.Any(held => held.Equals(EntityTagHeaderValue.Any) || held.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = contentType;
        response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(content, httpContext.RequestAborted);
    }
}
