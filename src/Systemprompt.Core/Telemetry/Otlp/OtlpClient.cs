using System.Net;
using System.Net.Http.Headers;

namespace Systemprompt.Telemetry;

/// <summary>What became of a delivery.</summary>
/// <param name="IsDelivered">The collector took it.</param>
/// <param name="MayRetry">It may take the same later.</param>
/// <param name="Rejected">Items that it did not take, of those delivered.</param>
/// <param name="Reason">Why not, in words; holds no header and no answer.</param>
/// <param name="After">When to try again, if the collector says so.</param>
internal sealed record OtlpAnswer(bool IsDelivered, bool MayRetry, long Rejected, string Reason, TimeSpan? After);

/// <summary>OTLP over HTTP: one POST, its answer, as the specification says what the answer means. Never throws but when cancelled.</summary>
internal sealed class OtlpClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly OtlpSettings _settings;
    private readonly IReadOnlyList<(string Name, string Value)> _headers;
    private readonly TimeProvider _clock;

    public OtlpClient(TelemetrySettings settings, TimeProvider clock)
    {
        (_settings, _clock) = (settings.Otlp, clock);
        OtlpHeaders.Parse(_settings.Headers, out _headers);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = _settings.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 64 * 1024,
        };
    }

    public async Task<OtlpAnswer> SendAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_settings.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = Request(path, body);
            using var answer = await _http.SendAsync(request, either.Token);
            if (answer.IsSuccessStatusCode) return new OtlpAnswer(true, false, OtlpPartial.Rejected(await answer.Content.ReadAsByteArrayAsync(either.Token)), "", null);
            var retry = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
            return new OtlpAnswer(false, retry, 0, $"the collector answered {(int)answer.StatusCode}", After(answer.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new OtlpAnswer(false, true, 0, $"the collector did not answer within {_settings.Timeout.TotalSeconds:0.#} s", null);
        }
        catch (HttpRequestException exception)
        {
            return new OtlpAnswer(false, true, 0, $"the collector cannot be reached ({exception.HttpRequestError})", null);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string path, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{_settings.Endpoint!.AbsoluteUri.TrimEnd('/')}{path}")
        {
            // A copy: a request that was given up may still read from it while the next is written.
            Content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } },
        };
        foreach (var (name, value) in _headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private TimeSpan? After(RetryConditionHeaderValue? retry)
    {
        var wait = retry?.Delta ?? retry?.Date - _clock.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(30) : wait;
    }
}

/// <summary>Reads what a collector says it did not take: <c>partial_success { rejected_… = 1 }</c>, the same for all signals.</summary>
internal static class OtlpPartial
{
    public static long Rejected(ReadOnlySpan<byte> answer)
    {
        if (!Field(ref answer, out var field, out _, out var partial) || field != 1) return 0;
        while (Field(ref partial, out field, out var number, out _))
            if (field == 1) return (long)Math.Min(number, int.MaxValue);
        return 0;
    }

    /// <summary>One field: a number, or bytes. False at the end, and at anything that is neither.</summary>
    private static bool Field(ref ReadOnlySpan<byte> from, out int field, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        field = 0;
        number = 0;
        bytes = default;
        if (!Varint(ref from, out var tag)) return false;
        field = (int)(tag >> 3);
        if (!Varint(ref from, out number)) return false;
        if ((tag & 7) == 0) return true;
        if ((tag & 7) != 2 || number > (ulong)from.Length) return false;
        bytes = from[..(int)number];
        from = from[(int)number..];
        return true;
    }

    private static bool Varint(ref ReadOnlySpan<byte> from, out ulong number)
    {
        number = 0;
        for (var at = 0; at < from.Length && at < 10; at++)
        {
            number |= (ulong)(from[at] & 0x7F) << (7 * at);
            if (from[at] >= 0x80) continue;
            from = from[(at + 1)..];
            return true;
        }

        return false;
    }
}
