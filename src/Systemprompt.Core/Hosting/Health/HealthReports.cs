using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Systemprompt.Hosting;

/// <summary>What health answers. No addresses, no exception texts: the route is public.</summary>
internal sealed record HealthAnswer(string Status, string State, string Detail, string Version, IReadOnlyList<HealthCheckAnswer> Checks);

/// <summary>One check in it.</summary>
internal sealed record HealthCheckAnswer(string Name, string Status, string? Detail);

/// <summary>Runs the contributed checks and sums them up.</summary>
internal sealed class HealthReports(HealthCheckService checks, Readiness readiness, HostInfo info)
{
    /// <summary>Tag of a check that looks at what only a serving process has. A command leaves it out.</summary>
    public const string ServerOnly = "server";

    /// <summary>For a check that needs the database's services, which cannot be had before the database is up.</summary>
    public static Func<IServiceProvider, IHealthCheck> OnceStarted(Func<IServiceProvider, IHealthCheck> check) =>
        services => services.GetRequiredService<Readiness>().State == ReadyState.Starting ? NotStarted.Instance : check(services);

    public Task<HealthAnswer> CheckAsync(CancellationToken cancellationToken) => CheckAsync(static _ => true, cancellationToken);

    /// <summary>The checks that make sense in a process that serves nothing.</summary>
    public Task<HealthAnswer> CheckWithoutServerAsync(CancellationToken cancellationToken) =>
        CheckAsync(static check => !check.Tags.Contains(ServerOnly), cancellationToken);

    private async Task<HealthAnswer> CheckAsync(Func<HealthCheckRegistration, bool> which, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(which, cancellationToken);
        var answers = report.Entries
            .Select(entry => new HealthCheckAnswer(entry.Key, Word(entry.Value.Status), entry.Value.Description))
            .OrderBy(check => check.Name, StringComparer.Ordinal)
            .ToList();
        return new HealthAnswer(Word(report.Status), readiness.State.ToString().ToLowerInvariant(), readiness.Detail, info.Version, answers);
    }

    private static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();

    private sealed class NotStarted : IHealthCheck
    {
        public static NotStarted Instance { get; } = new();

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(HealthCheckResult.Healthy("not started yet"));
    }
}
