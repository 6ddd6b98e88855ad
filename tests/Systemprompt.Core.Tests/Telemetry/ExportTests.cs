using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Hosting;
using Systemprompt.Logging;
using Systemprompt.Telemetry;

namespace Systemprompt.Core.Tests.Telemetry;

public sealed class ExportTests
{
    [Fact]
    public async Task Nothing_is_measured_for_a_collector_that_wants_no_metrics_and_what_it_never_took_is_counted_at_the_end()
    {
        var settings = new TelemetrySettings { Otlp = new OtlpSettings { Endpoint = new Uri("http://127.0.0.1:1"), Metrics = false } };
        var signals = new ExportSignals();
        var measured = new Lazy<MetricReader>(() => throw new InvalidOperationException("metrics are off"));
        var spans = new ExportQueue<System.Diagnostics.Activity>(signals.Traces, TimeProvider.System);
        var lines = new LogTap(signals, TimeProvider.System);
        using var client = new OtlpClient(settings, TimeProvider.System);
        var resource = new Resource(new HostInfo { Name = "test", Version = "1", CoreVersion = "1", StartedAt = DateTimeOffset.UnixEpoch }, Ai.TestProfile.Of("acme"));
        var loops = new BackgroundLoops(TimeProvider.System, NullLogger<BackgroundLoops>.Instance);
        for (var line = 0; line < 1300; line++) lines.Take(Line());

        await using (var export = new OtlpExport(settings, signals, spans, lines, measured, resource, client, loops, TimeProvider.System, NullLogger<OtlpExport>.Instance)) export.Start();

        measured.IsValueCreated.ShouldBeFalse();
        (signals.Logs.Dropped, signals.Logs.Waiting()).ShouldBe((1300, 0));
    }

    private static LogEntry Line() => new() { At = DateTimeOffset.UnixEpoch, Level = Microsoft.Extensions.Logging.LogLevel.Information, Event = 1, Category = "c", Message = "m", Seq = 1 };
}
