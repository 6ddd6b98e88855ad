using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Systemprompt.Profiles;

namespace Systemprompt.Telemetry;

/// <summary>The profile section <c>telemetry</c>. Nothing leaves unless an endpoint is named.</summary>
internal sealed record TelemetrySettings
{
    [Description("Figures to be fetched from /metrics, in Prometheus's text format.")]
    public MetricsSettings Metrics { get; init; } = new();

    [Description("Traces, metrics and logs sent to an OpenTelemetry collector. Nothing is sent while endpoint is unset.")]
    public OtlpSettings Otlp { get; init; } = new();

    internal static void Validate(TelemetrySettings settings, SettingsFaults faults)
    {
        var (metrics, otlp) = (settings.Metrics, settings.Otlp);
        for (var at = 0; at < metrics.Networks.Count; at++)
            if (!IPNetwork.TryParse(metrics.Networks[at], out _)) faults.Add($"metrics.networks[{at}]", "must be a network such as 10.1.0.0/16");
        if (metrics.Access == MetricsAccess.Networks && metrics.Networks.Count == 0) faults.Add("metrics.networks", "is empty, so that nobody could fetch them; name the scraper's network, or choose another metrics.access");
        if (metrics.Access == MetricsAccess.Scope && string.IsNullOrWhiteSpace(metrics.Scope)) faults.Add("metrics.scope", "is empty; name the scope that a token must carry");
        if (otlp.Endpoint is { } endpoint && (endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0))
            faults.Add("otlp.endpoint", "must be an http or https address without user, query or fragment, such as http://collector:4318");
        if (OtlpHeaders.Parse(otlp.Headers, out _) is { } fault) faults.Add("otlp.headers", fault);
        if (otlp.Interval < TimeSpan.FromSeconds(1) || otlp.Interval > TimeSpan.FromHours(1)) faults.Add("otlp.interval", "must be from 1s to 1h");
        if (otlp.Timeout < TimeSpan.FromMilliseconds(100) || otlp.Timeout > TimeSpan.FromMinutes(1)) faults.Add("otlp.timeout", "must be from 100ms to 1m");
    }
}

/// <summary>Who may fetch <c>/metrics</c>.</summary>
internal enum MetricsAccess
{
    /// <summary>Administrators.</summary>
    Admin,

    /// <summary>Any token with the scope.</summary>
    Scope,

    /// <summary>Anybody.</summary>
    Public,

    /// <summary>Anybody from the networks named.</summary>
    Networks,
}

/// <summary>The profile section <c>telemetry.metrics</c>.</summary>
internal sealed record MetricsSettings
{
    [Description("Whether /metrics is there.")]
    public bool Enabled { get; init; } = true;

    [Description("Who may fetch them: admin (a token of tier admin), scope (any token with the scope below), networks (anybody from the networks below, without a token), public (anybody).")]
    public MetricsAccess Access { get; init; } = MetricsAccess.Admin;

    [Description("The scope that access: scope asks for. A scraper's token: admin token create --tier service --scope metrics:read.")]
    public string Scope { get; init; } = "metrics:read";

    [Description("Networks that access: networks lets in, such as 10.1.0.0/16. Behind a proxy the client's address is what server.trusted_proxies make it.")]
    public IReadOnlyList<string> Networks { get; init; } = [];
}

/// <summary>The profile section <c>telemetry.otlp</c>.</summary>
internal sealed record OtlpSettings
{
    [Description("The collector's base address for OTLP over HTTP (http/protobuf), such as http://collector:4318; /v1/traces and so on are added. Unset: nothing is sent.")]
    public Uri? Endpoint { get; init; }

    [Secret]
    [Description("Headers that the collector asks for, as NAME=VALUE, separated by commas, such as authorization=Bearer%20abc; percent-encoding as in URLs.")]
    public string? Headers { get; init; }

    [Description("Whether spans are sent: requests, policies, audit commits, model calls, jobs, deliveries.")]
    public bool Traces { get; init; } = true;

    [Description("Whether metrics are sent.")]
    public bool Metrics { get; init; } = true;

    [Description("Whether log lines are sent, without their secrets.")]
    public bool Logs { get; init; } = true;

    [Range(0.0, 1.0)]
    [Description("Share of the traces begun here that are sent, from 0 to 1. A caller's traceparent decides for its own.")]
    public double SampleRatio { get; init; } = 1;

    [Description("How often metrics are sent.")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    [Description("How long the collector may take to answer.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
