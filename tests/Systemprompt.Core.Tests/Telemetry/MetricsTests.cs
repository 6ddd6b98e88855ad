using System.Diagnostics.Metrics;
using Systemprompt.Telemetry;

namespace Systemprompt.Core.Tests.Telemetry;

public sealed class MetricsTests : IDisposable
{
    private readonly Meter _meter = new("test");

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void The_same_labels_in_another_order_are_one_series()
    {
        var series = new MetricSeries(_meter.CreateCounter<long>("calls"));

        series.Record(1, [new("a", "x"), new("b", 2)], 1);
        series.Record(2, [new("b", 2), new("a", "x")], 1);
        series.Record(4, [new("a", "x"), new("b", 3)], 1);

        series.Values(1).Select(value => value.Value).Order().ShouldBe([3, 4]);
    }

    [Fact]
    public void Series_are_bounded_and_what_is_too_much_shares_one()
    {
        var series = new MetricSeries(_meter.CreateCounter<long>("calls"));

        for (var label = 0; label < MetricSeries.MostSeries * 3; label++) series.Record(1, [new("user", label)], 1);

        var values = series.Values(1);
        values.Count.ShouldBe(MetricSeries.MostSeries + 1);
        values.Single(value => value.Tags.Tags is [{ Key: "otel.metric.overflow" }]).Value.ShouldBe(MetricSeries.MostSeries * 2);
        values.Sum(value => value.Value).ShouldBe(MetricSeries.MostSeries * 3);
    }

    [Fact]
    public void A_value_on_a_bound_belongs_to_the_bucket_below_it()
    {
        var series = new MetricSeries(_meter.CreateHistogram("took", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 5] }));

        foreach (var took in (double[])[0.5, 1, 1.5, 5, 5.5]) series.Record(took, [], 1);

        var value = series.Values(1).ShouldHaveSingleItem();
        value.Buckets.ShouldBe([2, 1, 1, 1]);
        (value.Count, value.Value).ShouldBe((5, 13.5));
    }

    [Fact]
    public void What_is_observed_no_more_is_gone()
    {
        var series = new MetricSeries(_meter.CreateObservableGauge("loops", () => 1));
        series.Record(7, [new("loop", "a")], 1);
        series.Record(8, [new("loop", "b")], 1);

        series.Record(9, [new("loop", "b")], 2);

        series.Values(2).ShouldHaveSingleItem().Value.ShouldBe(9);
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", MetricKind.Histogram, "http_server_request_duration_seconds")]
    [InlineData("systemprompt.http.refusals", "{request}", MetricKind.Counter, "systemprompt_http_refusals_total")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", MetricKind.Counter, "dotnet_gc_heap_total_allocated_bytes_total")]
    [InlineData("systemprompt.uptime", "s", MetricKind.Gauge, "systemprompt_uptime_seconds")]
    [InlineData("pool.use", "1", MetricKind.Gauge, "pool_use_ratio")]
    [InlineData("9lives", null, MetricKind.Gauge, "_9lives")]
    [InlineData("disk.io", "By/s", MetricKind.Gauge, "disk_io_By_per_s")]
    internal void A_name_is_what_opentelemetrys_rules_for_prometheus_make_it(string name, string? unit, MetricKind kind, string expected) => PrometheusText.NameOf(name, unit, kind).ShouldBe(expected);

    [Fact]
    public void Labels_and_help_are_escaped()
    {
        var series = new MetricSeries(_meter.CreateCounter<long>("odd.ones", null, "One\nand \\ another"));
        series.Record(1, [new("what", "a \"quote\"\n\\")], 1);

        var text = PrometheusText.Write([(series, series.Values(1))], []);

        text.ShouldContain("# HELP odd_ones_total One\\nand \\\\ another\n");
        text.ShouldContain("odd_ones_total{what=\"a \\\"quote\\\"\\n\\\\\"} 1\n");
    }
}
