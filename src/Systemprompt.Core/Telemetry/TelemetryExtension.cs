using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Logging;
using Systemprompt.Profiles;

namespace Systemprompt.Telemetry;

/// <summary>
/// What the process measures leaves it: figures at <c>/metrics</c> for Prometheus, and traces, metrics and log lines to an OpenTelemetry collector when
/// the profile names one. Nothing is ever sent anywhere else.
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> Rooms own meters and activity sources of the framework (<c>System.Diagnostics</c>), named <c>Systemprompt.ROOM</c>; this room knows
/// none of them, it listens to names. <see cref="MetricReader"/> keeps figures, cumulative and bounded in number; <see cref="PrometheusText"/> writes
/// them for <c>/metrics</c>. <see cref="SpanListener"/> takes ended spans, <see cref="LogTap"/> the lines that the logging room has cleaned of secrets.
/// <see cref="OtlpExport"/> sends all three, written by <see cref="OtlpWriter"/>.</para>
/// <para><b>Harmless.</b> Whoever measures never waits: queues are bounded, what has no place is dropped, counted (<see cref="ExportSignal"/>) and shown in
/// health. With no listener an instrument costs a look at a flag.</para>
/// </remarks>
[Extension("telemetry", Description = "Metrics for Prometheus; traces, metrics and logs to an OpenTelemetry collector.")]
internal sealed class TelemetryExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["logging", "http"];

    /// <summary>Early, so that it ends after those whose last spans and lines it sends.</summary>
    public override int Priority => 30;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<TelemetrySettings>("telemetry", TelemetrySettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("telemetry", HealthReports.OnceStarted(static services => services.GetRequiredService<TelemetryHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => TelemetryDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<TelemetrySettings>());
        services.AddSingleton<ExportSignals>();
        services.AddSingleton<LogTap>();
        services.AddSingleton<ILogSink>(static provider => provider.GetRequiredService<LogTap>());
        services.AddSingleton(static provider => new ExportQueue<Activity>(provider.GetRequiredService<ExportSignals>().Traces, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SpanListener>();
        services.AddSingleton<MetricReader>();
        services.AddSingleton(static provider => new Lazy<MetricReader>(provider.GetRequiredService<MetricReader>));
        services.AddSingleton<Resource>();
        services.AddSingleton<OtlpClient>();
        services.AddSingleton<OtlpExport>();
        services.AddSingleton<TelemetryMetrics>();
        services.AddSingleton<TelemetryHealthCheck>();
    }

    public override void MapRoutes(RouteMap routes)
    {
        var settings = routes.Services.GetRequiredService<TelemetrySettings>();
        // From the beginning: what was already under way when it is first counted would be counted down only.
        if (settings.Metrics.Enabled || settings.Otlp is { Endpoint: not null, Metrics: true }) routes.Services.GetRequiredService<MetricReader>();
        if (settings.Metrics.Enabled) TelemetryEndpoints.Map(routes, settings.Metrics);
    }

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var settings = services.GetRequiredService<TelemetrySettings>();
        var sends = settings.Otlp.Endpoint is not null;
        services.GetRequiredService<TelemetryMetrics>();
        if (!sends || !settings.Otlp.Logs) services.GetRequiredService<LogTap>().Close();
        if (sends && settings.Otlp.Traces) services.GetRequiredService<SpanListener>();
        if (sends) services.GetRequiredService<OtlpExport>().Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<TelemetrySettings>().Otlp.Endpoint is null ? ValueTask.CompletedTask : services.GetRequiredService<OtlpExport>().DisposeAsync();
}
