using System.Buffers.Binary;
using System.Diagnostics;
using Systemprompt.Extensions;

namespace Systemprompt.Telemetry;

/// <summary>Takes ended spans of the product's and the extensions' sources, and decides which traces are taken at all.</summary>
internal sealed class SpanListener : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ulong _threshold;

    public SpanListener(ExportQueue<Activity> spans, TelemetrySettings settings, ExtensionRegistry extensions)
    {
        var sources = extensions.Enabled.SelectMany(extension => extension.Instruments).ToHashSet(StringComparer.Ordinal);
        _threshold = (ulong)(settings.Otlp.SampleRatio * long.MaxValue);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith(OwnPrefix.Text, StringComparison.Ordinal) || sources.Contains(source.Name),
            Sample = Sample,
            ActivityStopped = span =>
            {
                if (span.Recorded) spans.Offer(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>As the parent was decided; without one by the trace's id, so that every process decides alike.</summary>
    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        var taken = options.Parent.TraceId != default ? options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) : IsTaken(options.TraceId);
        return taken ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
    }

    private bool IsTaken(ActivityTraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) >> 1 <= _threshold && _threshold > 0;
    }
}
