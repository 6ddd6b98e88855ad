using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Events;

/// <summary>The listeners of this process, and what each may see. Bounded for each user and in all.</summary>
internal sealed class EventStreams
{
    private readonly ConcurrentDictionary<EventStream, bool> _streams = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly EventsSettings _settings;
    private long _last;
    private int _open;

    public EventStreams(EventsSettings settings, Readiness readiness)
    {
        _settings = settings;
        // A listener comes back by itself, to another process.
        readiness.Changed += state =>
        {
            if (state == ReadyState.Stopping) EndAll();
        };
    }

    public int Count => Volatile.Read(ref _open);

    /// <summary>Up to where everything was offered.</summary>
    public long Last => Volatile.Read(ref _last);

    public void Begin(long last) => Volatile.Write(ref _last, last);

    /// <summary>Adds a listener; null when there are too many, of this user's or in all.</summary>
    /// <param name="principal">Who listens.</param>
    /// <param name="wants">The kinds that he wants.</param>
    /// <param name="readsFirst">True when he first reads what he missed: nothing waits for him until <see cref="EventStream.Follow"/>.</param>
    public EventStream? Open(Principal principal, Func<string, bool> wants, bool readsFirst)
    {
        lock (_lock)
        {
            var mine = _counts.GetValueOrDefault(principal.Subject);
            if (mine >= _settings.StreamsPerUser || _open >= _settings.Streams) return null;
            _counts[principal.Subject] = mine + 1;
            _open++;
        }

        var stream = new EventStream(principal, wants, readsFirst ? long.MaxValue : Last);
        _streams[stream] = true;
        return stream;
    }

    public void Close(EventStream stream)
    {
        if (!_streams.TryRemove(stream, out _)) return;
        stream.End();
        lock (_lock)
        {
            _open--;
            if (--_counts[stream.Subject] == 0) _counts.Remove(stream.Subject);
        }
    }

    public void Offer(LoggedEvent happened)
    {
        if (Count > 0)
        {
            var frame = Frame(happened);
            foreach (var (stream, _) in _streams)
                if (stream.MaySee(happened)) stream.Offer(happened.Id, frame);
        }

        Volatile.Write(ref _last, happened.Id);
    }

    /// <summary>An event as the protocol writes it (HTML standard, "Server-sent events"). JSON out of jsonb holds no line break.</summary>
    public static byte[] Frame(LoggedEvent happened) => Encoding.UTF8.GetBytes($"id: {happened.Id}\nevent: {happened.Kind}\ndata: {happened.Data}\n\n");

    private void EndAll()
    {
        foreach (var (stream, _) in _streams) stream.End();
    }
}

/// <summary>One listener. What it does not take in time ends it: it comes back with the last id it saw, and misses nothing.</summary>
internal sealed class EventStream(Principal principal, Func<string, bool> wants, long after)
{
    private const int Waiting = 256;
    private long _after = after;
    private readonly Channel<(long Id, byte[] Frame)> _frames = Channel.CreateBounded<(long, byte[])>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    public string Subject => principal.Subject;

    public ChannelReader<(long Id, byte[] Frame)> Frames => _frames.Reader;

    public bool MaySee(LoggedEvent happened) => wants(happened.Kind)
        && (principal.Tier == Tier.Admin || happened.Audience == "everyone" || (happened.Audience is { } audience && audience.StartsWith("user:", StringComparison.Ordinal) && audience.AsSpan(5).SequenceEqual(principal.Subject)));

    /// <summary>From now on, what comes after an id waits for the listener.</summary>
    public void Follow(long id) => Volatile.Write(ref _after, id);

    // What he has read, or reads from the table, must not fill his queue: a process that itself catches up offers hundreds at once.
    public void Offer(long id, byte[] frame)
    {
        if (id > Volatile.Read(ref _after) && !_frames.Writer.TryWrite((id, frame))) End();
    }

    public void End() => _frames.Writer.TryComplete();
}
