using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Systemprompt.Logging;

namespace Systemprompt.Telemetry;

/// <summary>Requests to a collector, as opentelemetry-proto 1.x lays them out. One writer a loop; what it wrote stands until it writes again.</summary>
internal sealed class OtlpWriter(IReadOnlyList<KeyValuePair<string, string>> resource, string version)
{
    private const int Cumulative = 2;
    private readonly ProtoWriter _proto = new();

    public ReadOnlyMemory<byte> Nothing()
    {
        _proto.Clear();
        return _proto.Written;
    }

    public ReadOnlyMemory<byte> Spans(IReadOnlyList<Activity> spans)
    {
        var outer = Open();
        foreach (var source in spans.GroupBy(span => span.Source.Name, StringComparer.Ordinal))
        {
            var scope = OpenScope(source.Key);
            foreach (var span in source) Span(span);
            _proto.End(scope);
        }

        _proto.End(outer);
        return _proto.Written;
    }

    public ReadOnlyMemory<byte> Lines(IReadOnlyList<LogEntry> lines)
    {
        var outer = Open();
        foreach (var category in lines.GroupBy(line => line.Category, StringComparer.Ordinal))
        {
            var scope = OpenScope(category.Key);
            foreach (var line in category) Line(line);
            _proto.End(scope);
        }

        _proto.End(outer);
        return _proto.Written;
    }

    public ReadOnlyMemory<byte> Metrics(IReadOnlyList<(MetricSeries Series, IReadOnlyList<MetricValue> Values)> metrics, DateTimeOffset since, DateTimeOffset now)
    {
        var outer = Open();
        foreach (var meter in metrics.GroupBy(metric => metric.Series.Instrument.Meter.Name, StringComparer.Ordinal))
        {
            var scope = OpenScope(meter.Key);
            foreach (var (series, values) in meter) Metric(series, values, Nanoseconds(since), Nanoseconds(now));
            _proto.End(scope);
        }

        _proto.End(outer);
        return _proto.Written;
    }

    internal static ulong Nanoseconds(DateTimeOffset time) => (ulong)(time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;

    /// <summary>What all of it comes from. Field 1 of each request is the list of resources, of which there is one.</summary>
    private int Open()
    {
        _proto.Clear();
        var outer = _proto.Begin(1);
        var at = _proto.Begin(1);
        foreach (var (name, value) in resource) Attribute(1, name, value);
        _proto.End(at);
        return outer;
    }

    private int OpenScope(string name)
    {
        var scope = _proto.Begin(2);
        var at = _proto.Begin(1);
        _proto.Text(1, name);
        if (name.StartsWith(OwnPrefix.Text, StringComparison.Ordinal)) _proto.Text(2, version);
        _proto.End(at);
        return scope;
    }

    private void Span(Activity span)
    {
        var at = _proto.Begin(2);
        Id(1, span.TraceId.ToHexString());
        Id(2, span.SpanId.ToHexString());
        _proto.Text(3, span.TraceStateString);
        if (span.ParentSpanId != default) Id(4, span.ParentSpanId.ToHexString());
        _proto.Text(5, span.DisplayName);
        _proto.Number(6, (int)span.Kind + 1);
        _proto.Fixed64(7, Nanoseconds(new DateTimeOffset(span.StartTimeUtc, TimeSpan.Zero)));
        _proto.Fixed64(8, Nanoseconds(new DateTimeOffset(span.StartTimeUtc + span.Duration, TimeSpan.Zero)));
        foreach (var (name, value) in span.EnumerateTagObjects()) Attribute(9, name, value);
        foreach (ref readonly var link in span.EnumerateLinks())
        {
            var linked = _proto.Begin(13);
            Id(1, link.Context.TraceId.ToHexString());
            Id(2, link.Context.SpanId.ToHexString());
            _proto.End(linked);
        }

        if (span.Status != ActivityStatusCode.Unset)
        {
            var status = _proto.Begin(15);
            _proto.Text(2, span.StatusDescription);
            _proto.Number(3, (int)span.Status);
            _proto.End(status);
        }

        // The W3C flags, and that it is known whether the parent is another process.
        _proto.Fixed32(16, (uint)span.ActivityTraceFlags | 0x100u | (span.HasRemoteParent ? 0x200u : 0));
        _proto.End(at);
    }

    private void Line(LogEntry line)
    {
        var at = _proto.Begin(2);
        _proto.Fixed64(1, Nanoseconds(line.At));
        _proto.Number(2, Severity(line.Level));
        _proto.Text(3, line.Level.ToString());
        var body = _proto.Begin(5);
        _proto.AlwaysText(1, line.Message);
        _proto.End(body);
        if (line.Event != 0) Attribute(6, "event.id", line.Event);
        if (line.Fields is { } fields) Attribute(6, "systemprompt.fields", fields);
        if (line.Error is { } error) Attribute(6, "exception.stacktrace", error);
        if (line.Trace is { } trace) Id(9, trace);
        if (line.Span is { } span) Id(10, span);
        _proto.Fixed64(11, Nanoseconds(line.At));
        _proto.End(at);
    }

    private void Metric(MetricSeries series, IReadOnlyList<MetricValue> values, ulong since, ulong now)
    {
        var at = _proto.Begin(2);
        _proto.Text(1, series.Instrument.Name);
        _proto.Text(2, series.Instrument.Description);
        _proto.Text(3, series.Instrument.Unit);
        var data = _proto.Begin(series.Kind switch { MetricKind.Gauge => 5, MetricKind.Histogram => 9, _ => 7 });
        foreach (var value in values)
            if (value.Buckets is null) Point(value, since, now);
            else Distribution(value, since, now);
        if (series.Kind != MetricKind.Gauge) _proto.Number(2, Cumulative);
        if (series.Kind == MetricKind.Counter) _proto.Number(3, 1);
        _proto.End(data);
        _proto.End(at);
    }

    private void Point(MetricValue value, ulong since, ulong now)
    {
        var at = _proto.Begin(1);
        _proto.Fixed64(2, since);
        _proto.Fixed64(3, now);
        _proto.Double(4, value.Value);
        foreach (var (name, text) in value.Tags.Tags) Attribute(7, name, text);
        _proto.End(at);
    }

    private void Distribution(MetricValue value, ulong since, ulong now)
    {
        var at = _proto.Begin(1);
        _proto.Fixed64(2, since);
        _proto.Fixed64(3, now);
        _proto.Fixed64(4, (ulong)value.Count);
        _proto.Double(5, value.Value);
        var buckets = _proto.Begin(6);
        foreach (var count in value.Buckets!) _proto.Raw64((ulong)count);
        _proto.End(buckets);
        var bounds = _proto.Begin(7);
        foreach (var bound in value.Bounds!) _proto.Raw64(BitConverter.DoubleToUInt64Bits(bound));
        _proto.End(bounds);
        foreach (var (name, text) in value.Tags.Tags) Attribute(9, name, text);
        _proto.End(at);
    }

    private void Attribute(int field, string name, object? value)
    {
        if (value is null) return;
        var at = _proto.Begin(field);
        _proto.Text(1, name);
        var any = _proto.Begin(2);
        switch (value)
        {
            case bool flag: _proto.AlwaysNumber(2, flag ? 1 : 0); break;
            case int or long or short or byte: _proto.AlwaysNumber(3, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case double or float: _proto.Double(4, Convert.ToDouble(value, CultureInfo.InvariantCulture)); break;
            default: _proto.AlwaysText(1, value.ToString() ?? ""); break;
        }

        _proto.End(any);
        _proto.End(at);
    }

    private void Id(int field, string hex)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (hex.Length is not (16 or 32) || Convert.FromHexString(hex, bytes, out _, out var written) != System.Buffers.OperationStatus.Done) return;
        _proto.Bytes(field, bytes[..written]);
    }

    private static int Severity(LogLevel level) => level switch
    {
        LogLevel.Trace => 1,
        LogLevel.Debug => 5,
        LogLevel.Information => 9,
        LogLevel.Warning => 13,
        LogLevel.Error => 17,
        _ => 21,
    };
}
