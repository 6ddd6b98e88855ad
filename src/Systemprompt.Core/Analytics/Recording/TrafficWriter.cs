using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Governance;
using Systemprompt.Hosting;

namespace Systemprompt.Analytics;

/// <summary>Writes what was recorded, every moment, in one transaction. While the database is away it waits; beyond its bounds it is dropped and counted.</summary>
internal sealed partial class TrafficWriter(
    RequestQueue queue, SessionTally tally, VisitorKeys visitors, TrafficStore store, AnalyticsSettings settings, BackgroundLoops loops, TimeProvider clock, ILogger<TrafficWriter> logger) : IAsyncDisposable
{
    private const int MostAtOnce = 20_000;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly ClientAgents _agents = new();
    private readonly List<RequestRow> _rows = [];
    private IReadOnlyList<SessionTouch> _touches = [];
    private Task _loop = Task.CompletedTask;
    private RequestFact? _held;
    private bool _isFilled;
    private long _refused, _toldOf;
    private long _told = long.MinValue;

    /// <summary>Requests that were not recorded since the start.</summary>
    public long DroppedEver => queue.Dropped + tally.Dropped + Volatile.Read(ref _refused);

    /// <summary>When that was last so.</summary>
    public DateTimeOffset? DroppedAt { get; private set; }

    public void Start() => _loop = Task.Run(() => loops.RunAsync("analytics.write", TurnAsync, _stop.Token));

    /// <summary>Writes what is there, within a little time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(LastWords, clock);
        try
        {
            while (await FlushAsync(limit.Token))
            {
            }
        }
        catch (Exception)
        {
            // Whatever it is, it must not keep the process from ending.
            _touches = [.. _touches, .. tally.Take()];
            LastWordsLost(logger, InBatch() + (_held is null ? 0 : 1) + queue.Waiting);
        }

        _stop.Dispose();
    }

    internal async Task TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await FlushAsync(cancellationToken) && queue.Waiting >= MostAtOnce)
            {
            }
        }
        finally
        {
            // While the database is away above all: that is when they are dropped.
            TellDropped();
        }

        await Task.Delay(settings.Flush, clock, cancellationToken);
    }

    /// <summary>Writes one batch; false when there is none. One that failed for want of the database stays, and is the next.</summary>
    internal async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        if (!_isFilled) await FillAsync(cancellationToken);
        _isFilled = _rows.Count > 0 || _touches.Count > 0;
        if (!_isFilled) return false;
        try
        {
            await store.WriteAsync(_rows, _touches, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
        {
            // What PostgreSQL does not take now it will not take later, and must not hold up the rest for ever.
            Interlocked.Add(ref _refused, InBatch());
            BatchRefused(logger, _rows.Count, _touches.Count, exception);
        }

        _rows.Clear();
        _touches = [];
        _isFilled = false;
        return true;
    }

    /// <summary>Requests of the batch: its rows, and those that have no row here but count in a session.</summary>
    private long InBatch() => _rows.Count + _touches.Where(static touch => touch.Key.Kind == SessionKind.Client).Sum(static touch => touch.Requests);

    /// <summary>Puts a batch together. Where it fails, for want of the day's salt, it goes on the next time: nothing that was taken is lost, and its sessions are taken at the end.</summary>
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (_rows.Count < MostAtOnce && Next() is { } taken)
        {
            // People paste credentials into addresses.
            var fact = taken with { Page = RecordedText.Of(taken.Page), Referrer = RecordedText.Of(taken.Referrer) };
            var agent = fact.Principal.IsAuthenticated ? _agents.Of(fact.UserAgent) : _agents.Of(fact.UserAgent).OfAnybody;
            var isVisitor = fact is { Page: not null, Untracked: false } && !fact.Principal.IsAuthenticated;
            if (isVisitor) await visitors.PrepareAsync(DateOnly.FromDateTime(fact.At.UtcDateTime), cancellationToken);
            var touch = isVisitor ? Touch(fact, VisitorKey(fact), agent) : fact.Principal.IsAuthenticated ? Touch(fact, UserKey(fact), agent) : null;
            var bot = fact.Principal.IsAuthenticated ? null : agent.Bot;
            _held = null;
            var named = !fact.Untracked || fact.Principal.IsAuthenticated;
            _rows.Add(new RequestRow(fact, touch, named ? agent.Name : null, named ? agent.Version : null, bot));
        }

        _touches = tally.Take();
        foreach (var touch in _touches)
        {
            if (touch.UserAgent is null) continue;
            var agent = _agents.Of(touch.UserAgent);
            (touch.Client, touch.Version) = (agent.Name, agent.Version);
        }
    }

    private RequestFact? Next() => _held ??= queue.TryTake(out var taken) ? taken : null;

    private SessionKey VisitorKey(in RequestFact fact) =>
        new(SessionKind.Visitor, null, null, null, fact.Cookie is { } cookie ? VisitorKeys.OfCookie(cookie) : visitors.Of(fact.Address, fact.UserAgent));

    private static SessionKey UserKey(in RequestFact fact) => new(SessionKind.User, fact.Principal.Subject, RequestObserver.TokenSession(fact.Principal), null, default);

    private SessionTouch? Touch(in RequestFact fact, in SessionKey key, ClientAgent agent) => tally.Add(key, fact.At, new SessionPart
    {
        Client = agent.Name,
        Version = agent.Version,
        Bot = key.Kind == SessionKind.Visitor ? agent.Bot : null,
        Page = fact.Page,
        Referrer = fact.Referrer,
        IsError = fact.Status >= 500,
    });

    private void TellDropped()
    {
        var dropped = DroppedEver;
        if (dropped == _toldOf) return;
        DroppedAt = clock.GetUtcNow();
        if (_told != long.MinValue && clock.GetElapsedTime(_told) < TellEvery) return;
        _told = clock.GetTimestamp();
        FactsDropped(logger, dropped - _toldOf);
        _toldOf = dropped;
    }

    [LoggerMessage(2801, LogLevel.Warning, "{Dropped} requests were not recorded for analytics: they came faster than they could be written (analytics.queue)")]
    private static partial void FactsDropped(ILogger logger, long dropped);

    [LoggerMessage(2802, LogLevel.Error, "{Requests} requests and {Sessions} changes of sessions could not be recorded and are lost")]
    private static partial void BatchRefused(ILogger logger, int requests, int sessions, Exception exception);

    [LoggerMessage(2803, LogLevel.Warning, "{Requests} requests were not recorded: the database did not take them before the end")]
    private static partial void LastWordsLost(ILogger logger, long requests);
}

/// <summary>A request as it is written.</summary>
internal readonly record struct RequestRow(RequestFact Fact, SessionTouch? Touch, string? Client, string? Version, string? Bot);
