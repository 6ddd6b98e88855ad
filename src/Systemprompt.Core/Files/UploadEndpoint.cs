using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Systemprompt.Http;

namespace Systemprompt.Files;

/// <summary>
/// Takes a file in by HTTP, as the body itself or as the one file of a form, and holds none of it. What can be refused by the head of a request is refused
/// before its body is asked for, so that a client that sends <c>Expect: 100-continue</c> need not send it.
/// </summary>
internal sealed class UploadEndpoint(FileIntake intake, FilesSettings settings, TimeProvider clock)
{
    private const int MostParts = 20;

    /// <summary>What a form may have around its file.</summary>
    private const long FormOverhead = 1024 * 1024;

    public async Task<IResult> HandleAsync(HttpContext context, string? name, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            throw new FileException("encoding_not_allowed", "send the file as it is, without Content-Encoding: what is kept is what came");
        // The routes for files have a limit of their own, which counts the file and not the request.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        try
        {
            var file = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
                ? await OfFormAsync(context, type, name, cancellationToken)
                : await OfBodyAsync(context, name, cancellationToken);
            return Results.Created($"/api/v1/files/{file.Id}", file);
        }
        catch (ConnectionResetException)
        {
            // The client has gone; there is nobody to tell.
            return Results.Empty;
        }
    }

    private async Task<FileEntry> OfBodyAsync(HttpContext context, string? name, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name)) throw FileException.Invalid("say what the file is called: POST /api/v1/files?name=report.pdf");
        var headers = context.Request.Headers;
        var file = new NewFile(name, context.Principal().Subject) { Length = context.Request.ContentLength, Sha256 = ContentDigest.Of(headers["Content-Digest"], headers["Repr-Digest"]) };
        await using var upload = await intake.ReceiveAsync(file, context.Request.Body, cancellationToken);
        return await intake.KeepAsync(upload, cancellationToken);
    }

    private async Task<FileEntry> OfFormAsync(HttpContext context, MediaTypeHeaderValue type, string? name, CancellationToken cancellationToken)
    {
        if (context.Request.Headers.ContainsKey("Content-Digest")) throw FileException.Invalid("Content-Digest is for a body that is the file; in a form it stands with the file's part");
        if (context.Request.ContentLength > settings.MaxSize.Bytes + FormOverhead) throw new FileException("too_large", $"a file has at most {settings.MaxSize} (files.max_size)");
        if (HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 70 } boundary) throw FileException.Invalid("the form has no boundary of 1 to 70 characters");
        // A form goes on around its file, and that counts too: its bytes and its time.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = settings.MaxSize.Bytes + FormOverhead;
        using var timeout = new CancellationTokenSource(settings.UploadTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var reader = new MultipartReader(boundary, context.Request.Body) { BodyLengthLimit = settings.MaxSize.Bytes + FormOverhead };
        Upload? upload = null;
        try
        {
            var parts = 0;
            while (await reader.ReadNextSectionAsync(either.Token) is { } part)
            {
                if (++parts > MostParts) throw FileException.Invalid($"a form has at most {MostParts} parts");
                if (part.GetContentDispositionHeader() is not { } disposition || !disposition.IsFileDisposition()) continue;
                if (upload is not null) throw FileException.Invalid("a form brings one file; send each in a request of its own");
                upload = await intake.ReceiveAsync(OfPart(part, disposition, name, context.Principal().Subject), part.Body, either.Token);
            }

            // Not before the form has come to its end: one that was cut off shall leave nothing.
            return await intake.KeepAsync(upload ?? throw FileException.Invalid("the form has no part with a filename"), cancellationToken);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new FileException("upload_timeout", "the upload took longer than files.upload_timeout allows");
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new FileException("too_large", $"a file has at most {settings.MaxSize} (files.max_size), and a form not much more around it", fault);
        }
        catch (InvalidDataException fault)
        {
            throw new FileException("invalid", $"the form cannot be read: {fault.Message}", fault);
        }
        catch (IOException fault) when (fault.GetType() == typeof(IOException) && upload is null or { IsKept: false })
        {
            throw new FileException("invalid", "the form ends before its last boundary", fault);
        }
        finally
        {
            if (upload is not null) await upload.DisposeAsync();
        }
    }

    private static NewFile OfPart(MultipartSection part, ContentDispositionHeaderValue disposition, string? name, string owner)
    {
        var given = disposition.FileNameStar.HasValue ? disposition.FileNameStar.Value : HeaderUtilities.RemoveQuotes(disposition.FileName).Value;
        var headers = part.Headers ?? [];
        return new NewFile(string.IsNullOrWhiteSpace(name) ? given ?? "" : name, owner)
        {
            Sha256 = ContentDigest.Of(headers.GetValueOrDefault("Content-Digest"), headers.GetValueOrDefault("Repr-Digest")),
        };
    }
}
