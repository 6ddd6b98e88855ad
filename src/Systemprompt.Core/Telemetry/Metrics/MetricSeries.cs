using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Systemprompt.Telemetry;

/// <summary>What kind of figure an instrument gives.</summary>
internal enum MetricKind
{
    /// <summary>Only rises.</summary>
    Counter,

    /// <summary>A sum that rises and falls.</summary>
    UpDown,

    /// <summary>What is, now.</summary>
    Gauge,

    /// <summary>How values are distributed.</summary>
    Histogram,
}

/// <summary>One instrument and its series. Bounded: beyond <see cref="MostSeries"/> label sets, what comes anew shares one series.</summary>
internal sealed class MetricSeries
{
    public const int MostSeries = 1000;

    // OpenTelemetry's default boundaries, and its advice for durations in seconds.
    private static readonly double[] Plain = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<TagSet, MetricPoint> _points = new();
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricPoint> _given = new(GivenTags.Comparer);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricPoint>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly double[]? _bounds;
    private readonly bool _isAbsolute;

    public MetricSeries(Instrument instrument)
    {
        Instrument = instrument;
        Kind = KindOf(instrument);
        _isAbsolute = instrument.IsObservable || Kind == MetricKind.Gauge;
        if (Kind == MetricKind.Histogram) _bounds = Advised(instrument) ?? (instrument.Unit == "s" ? Seconds : Plain);
        _lookup = _given.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public Instrument Instrument { get; }

    public MetricKind Kind { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, int round)
    {
        var point = _lookup.TryGetValue(tags, out var known) ? known : Newcomer(tags);
        if (_bounds is not null) point.Observe(value);
        else if (_isAbsolute) point.Set(value, round);
        else point.Add(value);
    }

    /// <summary>Its series now. What is observed counts only if it was observed in this round: the rest is gone.</summary>
    public IReadOnlyList<MetricValue> Values(int round) =>
        [.. _points.Where(pair => !Instrument.IsObservable || pair.Value.Round == round).Select(pair => pair.Value.Read(pair.Key))];

    private MetricPoint Newcomer(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var set = TagSet.Of(tags);
        if (!_points.TryGetValue(set, out var point))
            point = _points.GetOrAdd(_points.Count < MostSeries ? set : TagSet.Overflow, static (_, bounds) => new MetricPoint(bounds), _bounds);
        // Orders of the same labels, and what overflows, are remembered within bounds too.
        if (_given.Count < MostSeries * 2) _lookup.TryAdd(tags, point);
        return point;
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        var form = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return form == typeof(Counter<>) || form == typeof(ObservableCounter<>) ? MetricKind.Counter
            : form == typeof(UpDownCounter<>) || form == typeof(ObservableUpDownCounter<>) ? MetricKind.UpDown
            : form == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
    }

    private static double[]? Advised(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => null,
    };
}

/// <summary>A series as it was read: its sum or value, or its distribution.</summary>
internal sealed record MetricValue(TagSet Tags, double Value, double[]? Bounds = null, long[]? Buckets = null)
{
    public long Count => Buckets?.Sum() ?? 0;
}

/// <summary>One series under way.</summary>
internal sealed class MetricPoint(double[]? bounds)
{
    private readonly long[] _buckets = bounds is null ? [] : new long[bounds.Length + 1];
    private readonly Lock _lock = new();
    private double _value;
    private int _round;

    public int Round => Volatile.Read(ref _round);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (before.Equals(seen)) return;
            seen = before;
        }
    }

    public void Set(double value, int round)
    {
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _round, round);
    }

    public void Observe(double value)
    {
        var at = Array.BinarySearch(bounds!, value);
        lock (_lock)
        {
            // A bound belongs to the bucket below it.
            _buckets[at < 0 ? ~at : at]++;
            _value += value;
        }
    }

    public MetricValue Read(TagSet tags)
    {
        if (bounds is null) return new MetricValue(tags, Volatile.Read(ref _value));
        lock (_lock) return new MetricValue(tags, _value, bounds, [.. _buckets]);
    }
}
