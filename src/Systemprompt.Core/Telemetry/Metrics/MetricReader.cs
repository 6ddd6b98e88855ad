using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Systemprompt.Extensions;

namespace Systemprompt.Telemetry;

/// <summary>Listens to the meters that are exported and keeps their figures since the start (cumulative), for <c>/metrics</c> and the collector alike.</summary>
internal sealed class MetricReader : IDisposable
{
    /// <summary>The framework's and the driver's own. Ours begin with <see cref="OwnPrefix"/>; an extension names its own.</summary>
    private static readonly string[] Framework = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql"];

    private readonly ConcurrentDictionary<Instrument, MetricSeries> _series = new();
    private readonly HashSet<string> _meters;
    private readonly MeterListener _listener = new();
    private readonly Lock _reading = new();
    private int _round;

    public MetricReader(ExtensionRegistry extensions, TimeProvider clock)
    {
        _meters = [.. Framework, .. extensions.Enabled.SelectMany(extension => extension.Instruments)];
        Since = clock.GetUtcNow();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsExported(instrument.Meter.Name)) listener.EnableMeasurementEvents(instrument, _series.GetOrAdd(instrument, static key => new MetricSeries(key)));
        };
        _listener.MeasurementsCompleted = (instrument, state) => _series.TryRemove(instrument, out _);
        Take<double>(static value => value);
        Take<long>(static value => value);
        Take<int>(static value => value);
        Take<float>(static value => value);
        Take<short>(static value => value);
        Take<byte>(static value => value);
        Take<decimal>(static value => (double)value);
        _listener.Start();
    }

    /// <summary>Since when sums are counted.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Every instrument with the values it has now, by name. Of two with the same name the first counts.</summary>
    public IReadOnlyList<(MetricSeries Series, IReadOnlyList<MetricValue> Values)> Read()
    {
        lock (_reading)
        {
            _round++;
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // What an instrument could not observe is missing this time; the others are there.
            }

            return
            [
                .. from series in _series.Values
                   group series by series.Instrument.Name into same
                   orderby same.Key
                   let first = same.OrderBy(series => series.Instrument.Meter.Name, StringComparer.Ordinal).First()
                   let values = first.Values(_round)
                   where values.Count > 0
                   select (first, values),
            ];
        }
    }

    public void Dispose() => _listener.Dispose();

    private bool IsExported(string meter) => meter.StartsWith(OwnPrefix.Text, StringComparison.Ordinal) || _meters.Contains(meter);

    private void Take<T>(Func<T, double> number)
        where T : struct => _listener.SetMeasurementEventCallback<T>((_, value, tags, state) => ((MetricSeries)state!).Record(number(value), tags, _round));
}

/// <summary>How the product's own meters and activity sources are called: <c>Systemprompt.ROOM</c>.</summary>
internal static class OwnPrefix
{
    public const string Text = "Systemprompt.";
}
