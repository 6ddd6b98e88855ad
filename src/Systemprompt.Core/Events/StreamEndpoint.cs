using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Systemprompt.Http;
using Systemprompt.Http.Pipeline;
using Systemprompt.Security;

namespace Systemprompt.Events;

/// <summary>
/// <c>GET /api/v1/events</c>: what the caller may see, as server-sent events. With <c>Last-Event-ID</c> it goes on after that id, also after a restart and
/// on another process. <c>kinds</c> chooses: names, or beginnings with a star, separated by commas.
/// </summary>
internal sealed class StreamEndpoint(EventStreams streams, EventStore store, TokenVerifier tokens, TimeProvider clock)
{
    private const int Portion = 500;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    public async Task HandleAsync(HttpContext context)
    {
        var principal = context.Principal();
        if (!TryLastId(context.Request, out var after))
        {
            await ErrorWriter.WriteAsync(context, 400, "bad_request", "Last-Event-ID is the number that stood in an event's id");
            return;
        }

        if (streams.Open(principal, Filter(context.Request.Query["kinds"].ToString()), readsFirst: after is not null) is not { } stream)
        {
            await ErrorWriter.WriteAsync(context, 429, "too_many_streams", "there are too many listeners, of yours or in all (events.streams_per_user, events.streams); close one", TimeSpan.FromSeconds(30));
            return;
        }

        try
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await WriteAsync(context, "retry: 2000\n\n"u8.ToArray());
            await FollowAsync(context, stream, after is { } from ? await CatchUpAsync(context, stream, from) : 0);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The listener has gone.
        }
        finally
        {
            streams.Close(stream);
        }
    }

    /// <summary>Sends what was published since an id. Returns the last one sent, up to which what waits was sent as well.</summary>
    private async Task<long> CatchUpAsync(HttpContext context, EventStream stream, long after)
    {
        if (await store.KeptAsync(context.RequestAborted) is { } kept && after < kept.First - 1)
            await WriteAsync(context, System.Text.Encoding.UTF8.GetBytes($"event: reset\ndata: {{\"oldest\":{kept.First}}}\n\n"));
        var seen = await ReadAsync(context, stream, after);
        stream.Follow(seen);
        // Once more, for what came between the last look and this moment.
        return await ReadAsync(context, stream, seen);
    }

    private async Task<long> ReadAsync(HttpContext context, EventStream stream, long after)
    {
        while (true)
        {
            var events = await store.AfterAsync(after, Portion, context.RequestAborted);
            foreach (var happened in events)
            {
                if (stream.MaySee(happened)) await WriteAsync(context, EventStreams.Frame(happened));
                after = happened.Id;
            }

            if (events.Count < Portion) return after;
        }
    }

    private async Task FollowAsync(HttpContext context, EventStream stream, long seen)
    {
        while (await IsGoodAsync(context))
        {
            using var beat = new CancellationTokenSource(Beat, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, context.RequestAborted);
            try
            {
                while (await stream.Frames.WaitToReadAsync(either.Token))
                {
                    while (stream.Frames.TryRead(out var next))
                        if (next.Id > seen) await context.Response.Body.WriteAsync(next.Frame, context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                }

                return;
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                // A comment now and then keeps proxies from closing, and finds listeners that are gone.
                await WriteAsync(context, ": \n\n"u8.ToArray());
            }
        }
    }

    /// <summary>A token that is over, or whose holder is out, listens no more.</summary>
    private async ValueTask<bool> IsGoodAsync(HttpContext context) =>
        BearerToken.Of(context.Request, out _) is { } token && (await tokens.VerifyAsync(token)).Principal is not null;

    private static async Task WriteAsync(HttpContext context, byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static bool TryLastId(HttpRequest request, out long? id)
    {
        id = null;
        var text = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : request.Query["last_event_id"].ToString();
        if (text.Length == 0) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        id = number;
        return true;
    }

    /// <summary>Whether a kind is one of a list of names, or of beginnings with a star.</summary>
    internal static Func<string, bool> Filter(string kinds)
    {
        var patterns = kinds.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return patterns.Length == 0
            ? static _ => true
            : kind => Array.Exists(patterns, pattern => pattern.EndsWith('*') ? kind.StartsWith(pattern[..^1], StringComparison.Ordinal) : kind == pattern);
    }
}
