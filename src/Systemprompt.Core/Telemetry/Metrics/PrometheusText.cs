using System.Globalization;
using System.Text;

namespace Systemprompt.Telemetry;

/// <summary>
/// Prometheus's text format 0.0.4, with names as OpenTelemetry's rules for Prometheus make them: <c>http.server.request.duration</c> in <c>s</c> is
/// <c>http_server_request_duration_seconds</c>, a counter ends in <c>_total</c>.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IReadOnlyList<(MetricSeries Series, IReadOnlyList<MetricValue> Values)> metrics, IReadOnlyList<KeyValuePair<string, string>> resource)
    {
        var text = new StringBuilder(64 * 1024);
        Head(text, "target_info", "What this process is.", "gauge");
        Line(text, "target_info", resource, null, 1);
        var names = new HashSet<string>(StringComparer.Ordinal) { "target_info" };
        foreach (var (series, values) in metrics)
        {
            var name = NameOf(series.Instrument.Name, series.Instrument.Unit, series.Kind);
            // Two names that differ only in what Prometheus does not allow.
            if (!names.Add(name)) continue;
            Head(text, name, series.Instrument.Description ?? "", series.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" });
            foreach (var value in values)
                if (value.Buckets is null) Line(text, name, value.Tags.Tags, null, value.Value);
                else Histogram(text, name, value);
        }

        return text.ToString();
    }

    public static string NameOf(string name, string? unit, MetricKind kind)
    {
        var plain = Plain(name);
        var suffix = unit switch
        {
            null or "" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            "By" => "bytes",
            "%" => "percent",
            "1" => kind == MetricKind.Gauge ? "ratio" : "",
            _ when unit.StartsWith('{') => "",
            _ => Plain(unit.Replace("/", "_per_", StringComparison.Ordinal)),
        };
        if (suffix.Length > 0 && !plain.EndsWith($"_{suffix}", StringComparison.Ordinal)) plain = $"{plain}_{suffix}";
        return kind == MetricKind.Counter && !plain.EndsWith("_total", StringComparison.Ordinal) ? $"{plain}_total" : plain;
    }

    private static void Histogram(StringBuilder text, string name, MetricValue value)
    {
        var below = 0L;
        for (var at = 0; at < value.Buckets!.Length; at++)
        {
            below += value.Buckets[at];
            Line(text, $"{name}_bucket", value.Tags.Tags, at < value.Bounds!.Length ? Number(value.Bounds[at]) : "+Inf", below);
        }

        Line(text, $"{name}_sum", value.Tags.Tags, null, value.Value);
        Line(text, $"{name}_count", value.Tags.Tags, null, below);
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(help, quotes: false)).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, string>> labels, string? bound, double value)
    {
        text.Append(name);
        var sign = '{';
        foreach (var (label, content) in labels)
        {
            text.Append(sign).Append(Plain(label)).Append("=\"").Append(Escaped(content, quotes: true)).Append('"');
            sign = ',';
        }

        if (bound is not null) text.Append(sign).Append("le=\"").Append(bound).Append('"');
        if (bound is not null || labels.Count > 0) text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Plain(string name)
    {
        var plain = string.Create(name.Length, name, static (to, from) =>
        {
            for (var at = 0; at < from.Length; at++) to[at] = char.IsAsciiLetterOrDigit(from[at]) ? from[at] : '_';
        });
        return plain.Length > 0 && char.IsAsciiDigit(plain[0]) ? $"_{plain}" : plain;
    }

    private static string Escaped(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
