using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Systemprompt.Published.Tests;

/// <summary>A line of a page.</summary>
internal sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>
/// A page in Prometheus's text format 0.0.4, read strictly: help and type once and before a metric's samples, one block a metric, names, escapes, no sample
/// twice, counters that are named so and not negative, histograms whose buckets rise to <c>+Inf</c> and agree with their count.
/// </summary>
internal sealed partial class PrometheusPage
{
    private readonly Dictionary<string, string> _types = [];
    private readonly List<PrometheusSample> _samples = [];

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyList<PrometheusSample> Samples => _samples;

    public static PrometheusPage Parse(string text)
    {
        text.ShouldEndWith("\n");
        text.ShouldNotContain("\r");
        var page = new PrometheusPage();
        var (metric, done) = ("", new HashSet<string>());
        foreach (var line in text[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                if (metric.Length > 0) done.Add(metric);
                metric = help.Groups[1].Value;
                done.ShouldNotContain(metric, "two blocks of one metric");
                InvalidEscape().IsMatch(help.Groups[2].Value).ShouldBeFalse(line);
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                type.Groups[1].Value.ShouldBe(metric, line);
                page._types.TryAdd(metric, type.Groups[2].Value).ShouldBeTrue(line);
            }
            else
            {
                var sample = Sample(line);
                page._types.ShouldContainKey(metric, line);
                (page._types[metric] == "histogram" ? [$"{metric}_bucket", $"{metric}_sum", $"{metric}_count"] : new[] { metric }).ShouldContain(sample.Name, line);
                page._samples.Add(sample);
            }
        }

        page.Check();
        return page;
    }

    public double Sum(string name, params (string Label, string Value)[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value)).Sum(sample => sample.Value);

    private void Check()
    {
        _samples.Select(Key).ShouldBeUnique();
        foreach (var (metric, type) in _types)
        {
            if (type == "counter")
            {
                metric.ShouldEndWith("_total");
                _samples.Where(sample => sample.Name == metric).ShouldAllBe(sample => sample.Value >= 0);
            }

            if (type != "histogram") continue;
            foreach (var series in _samples.Where(sample => sample.Name == $"{metric}_bucket").GroupBy(sample => Key(sample with { Name = metric, Labels = WithoutBound(sample) })))
            {
                var bounds = series.Select(sample => double.Parse(sample.Labels["le"].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)).ToList();
                bounds.ShouldBe([.. bounds.Order()], metric);
                double.IsPositiveInfinity(bounds[^1]).ShouldBeTrue(metric);
                series.Select(sample => sample.Value).ShouldBe([.. series.Select(sample => sample.Value).Order()], metric);
                var labels = WithoutBound(series.First());
                _samples.Single(sample => Key(sample) == Key(new PrometheusSample($"{metric}_count", labels, 0))).Value.ShouldBe(series.Last().Value, metric);
                _samples.Count(sample => Key(sample) == Key(new PrometheusSample($"{metric}_sum", labels, 0))).ShouldBe(1, metric);
            }
        }
    }

    private static IReadOnlyDictionary<string, string> WithoutBound(PrometheusSample sample) => sample.Labels.Where(label => label.Key != "le").ToDictionary();

    private static string Key(PrometheusSample sample) => $"{sample.Name}{{{string.Join(',', sample.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}}}";

    private static PrometheusSample Sample(string line)
    {
        var match = SampleLine().Match(line);
        match.Success.ShouldBeTrue($"no sample: {line}");
        var labels = new Dictionary<string, string>();
        foreach (Match label in Label().Matches(match.Groups["labels"].Value)) labels.TryAdd(label.Groups[1].Value, Unescaped(label.Groups[2].Value)).ShouldBeTrue($"a label twice: {line}");
        var value = match.Groups["value"].Value switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, "NaN" => double.NaN, var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture) };
        return new PrometheusSample(match.Groups["name"].Value, labels, value);
    }

    private static string Unescaped(string text)
    {
        var plain = new StringBuilder();
        for (var at = 0; at < text.Length; at++) plain.Append(text[at] != '\\' ? text[at] : text[++at] == 'n' ? '\n' : text[at]);
        return plain.ToString();
    }

    [GeneratedRegex(@"\A# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)\z")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"\A# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)\z")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"(?<!\\)(\\\\)*\\[^\\n]")]
    private static partial Regex InvalidEscape();

    [GeneratedRegex("""\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*")(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*")*)\})? (?<value>[+-]Inf|NaN|-?[0-9][0-9.eE+-]*)\z""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="(([^"\\\n]|\\[\\"n])*)"(,|\z)""")]
    private static partial Regex Label();
}
