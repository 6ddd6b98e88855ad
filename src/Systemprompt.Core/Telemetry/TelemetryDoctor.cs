using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Http;

namespace Systemprompt.Telemetry;

/// <summary>What <c>doctor</c> looks at: whether the collector is there and takes a delivery with nothing in it.</summary>
internal static class TelemetryDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("telemetry", CheckAsync) { Timeout = TimeSpan.FromSeconds(20) }];

    private static async Task CheckAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var settings = call.Profile.Section<TelemetrySettings>();
        if (settings.Otlp.Endpoint is not { } endpoint)
        {
            call.Ok("nothing is sent (telemetry.otlp.endpoint)");
            return;
        }

        var clock = call.Services.GetRequiredService<TimeProvider>();
        var seen = await new EndpointProbe(clock).LookAsync(endpoint, null, cancellationToken);
        if (seen.Fault is not (ProbeFault.None or ProbeFault.ExpiresSoon))
        {
            seen.Tell(call, "telemetry.otlp.endpoint");
            return;
        }

        if (seen.Fault == ProbeFault.ExpiresSoon) seen.Tell(call, "telemetry.otlp.endpoint");
        using var client = new OtlpClient(settings, clock);
        foreach (var (path, wanted) in new[] { ("/v1/traces", settings.Otlp.Traces), ("/v1/metrics", settings.Otlp.Metrics), ("/v1/logs", settings.Otlp.Logs) })
            if (wanted && await client.SendAsync(path, ReadOnlyMemory<byte>.Empty, cancellationToken) is { IsDelivered: false, Reason: var reason })
                call.Fail($"{path}: {reason}", "look at the collector: does it take OTLP over HTTP (port 4318) at this address, and are telemetry.otlp.headers what it asks for?");
        if (call.Findings.Count == 0) call.Ok("the collector takes deliveries");
    }
}
