using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Audit.Bodies;

/// <summary>
/// Takes the bodies of calls, when the profile says that they are kept (<c>audit.bodies</c>): seals them at once, so that none waits in the clear, and writes
/// them beside the calls' way. What has no place in its bounded queue is left out and counted: a call never waits for this, and its rows never depend on it.
/// </summary>
internal sealed partial class BodyKeeper(AuditSettings settings, WriterOrigin origin, ILogger<BodyKeeper> logger)
{
    private const int Portion = 64;
    private const long MostWaiting = 64 * 1024 * 1024;

    private readonly BodyKey? _key = settings.Bodies is { Store: BodyPlace.Postgres, Key: { } key } ? new BodyKey(key, origin.Tenant) : null;
    private readonly Channel<KeptBody> _queue = Channel.CreateUnbounded<KeptBody>();
    private readonly List<KeptBody> _batch = [];
    private long _waiting, _left;

    /// <summary>Whether bodies are kept.</summary>
    public bool IsOn => _key is not null;

    /// <summary>How much of one is.</summary>
    public int MaxBytes { get; } = (int)settings.Bodies.MaxBytes.Bytes;

    /// <summary>Bodies that had no place since the start.</summary>
    public long LeftOut => Volatile.Read(ref _left);

    /// <summary>Takes the bodies of a call. Copies what it keeps.</summary>
    /// <param name="id">The call's.</param>
    /// <param name="at">When it came in.</param>
    /// <param name="request">What came from the client.</param>
    /// <param name="answer">What went to it, as far as it was kept.</param>
    /// <param name="answerBytes">How much went to it.</param>
    public void Keep(Guid id, DateTimeOffset at, ReadOnlySpan<byte> request, ReadOnlySpan<byte> answer, long answerBytes)
    {
        if (_key is not { } key) return;
        if (Volatile.Read(ref _waiting) > MostWaiting)
        {
            if (Interlocked.Increment(ref _left) == 1) NoPlace(logger);
            return;
        }

        var body = new KeptBody
        {
            Id = id,
            At = at,
            KeyId = key.Id,
            Request = key.Seal(request[..Math.Min(request.Length, MaxBytes)], PlaceOf(origin.Tenant, id, "request")),
            Answer = key.Seal(answer, PlaceOf(origin.Tenant, id, "answer")),
            RequestBytes = request.Length,
            AnswerBytes = answerBytes,
        };
        Interlocked.Add(ref _waiting, SizeOf(body));
        _queue.Writer.TryWrite(body);
    }

    /// <summary>One turn of the loop <c>audit.bodies</c>: writes some of what waits. What fails is tried again.</summary>
    public async Task WriteAsync(BodyStore store, CancellationToken cancellationToken)
    {
        if (_batch.Count == 0 && !await _queue.Reader.WaitToReadAsync(cancellationToken)) await Task.Delay(Timeout.Infinite, cancellationToken);
        while (_batch.Count < Portion && _queue.Reader.TryRead(out var body)) _batch.Add(body);
        await store.WriteAsync(_batch, cancellationToken);
        Interlocked.Add(ref _waiting, -_batch.Sum(SizeOf));
        _batch.Clear();
    }

    /// <summary>Writes what still waits.</summary>
    public async Task StopAsync(BodyStore store, CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        while (_batch.Count > 0 || _queue.Reader.Count > 0) await WriteAsync(store, cancellationToken);
    }

    /// <summary>What a sealed body belongs to.</summary>
    public static string PlaceOf(string tenant, Guid id, string part) => $"{tenant}/{id}/{part}";

    private static long SizeOf(KeptBody body) => body.Request.Length + body.Answer.Length;

    [LoggerMessage(2050, LogLevel.Warning, "Bodies of calls are left out: 64 MB of them wait for the database. Their calls' rows are not affected")]
    private static partial void NoPlace(ILogger logger);
}
