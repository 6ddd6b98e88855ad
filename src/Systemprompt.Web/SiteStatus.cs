using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Web;

/// <summary>How the process fares, for a page. Inject it. Checks run at most once a second, however many ask.</summary>
public sealed class SiteStatus(
    HostInfo host, Readiness readiness, ExtensionRegistry registry, HealthCheckService checks, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private StatusReport? _last;

    /// <summary>The status now, at most a second old.</summary>
    public async Task<StatusReport> ReadAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && clock.GetUtcNow() - last.At < Fresh) return last;
            var report = await checks.CheckHealthAsync(cancellationToken);
            var now = clock.GetUtcNow();
            return _last = new StatusReport
            {
                At = now,
                Name = host.Name,
                Version = host.Version,
                CoreVersion = host.CoreVersion,
                State = readiness.State,
                Uptime = now - host.StartedAt,
                Checks = [.. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                    .Select(entry => new StatusCheck(entry.Key, entry.Value.Status, entry.Value.Description))],
                Extensions = [.. registry.Enabled.Select(extension => new StatusExtension(extension.Id, extension.Description))],
            };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}

/// <summary>How the process fared at one moment.</summary>
public sealed record StatusReport
{
    /// <summary>When it was taken.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The binary's name.</summary>
    public required string Name { get; init; }

    /// <summary>The customer's version.</summary>
    public required string Version { get; init; }

    /// <summary>The version of the Systemprompt packages inside.</summary>
    public required string CoreVersion { get; init; }

    /// <summary>Whether it serves.</summary>
    public required ReadyState State { get; init; }

    /// <summary>Time since the process started.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>The health checks by name; <c>database</c> is one.</summary>
    public required IReadOnlyList<StatusCheck> Checks { get; init; }

    /// <summary>The enabled extensions in start order.</summary>
    public required IReadOnlyList<StatusExtension> Extensions { get; init; }
}

/// <summary>One health check's answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">Its verdict.</param>
/// <param name="Detail">In words; null when it has none. No addresses, no exception texts.</param>
public sealed record StatusCheck(string Name, HealthStatus Status, string? Detail);

/// <summary>One extension in the binary.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Description">What it adds.</param>
public sealed record StatusExtension(string Id, string Description);
