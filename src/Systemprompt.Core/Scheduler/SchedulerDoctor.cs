using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>What <c>doctor</c> looks at: jobs that were given up, jobs that wait, and whether anybody runs them.</summary>
internal static class SchedulerDoctor
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("jobs", CheckAsync) { NeedsDatabase = true }];

    private static async Task CheckAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var seen = await call.Services.GetRequiredService<JobStore>().StateAsync(cancellationToken);
        if (seen.Dead > 0) call.Warn($"{seen.Dead} are dead", "'infra jobs list --state dead' shows them and why; 'infra jobs retry ID' runs one again");
        if (seen.OldestSeconds > Late.TotalSeconds) call.Warn($"the oldest of {seen.Waiting} waiting has been due for {TimeSpan.FromSeconds(seen.OldestSeconds.Value):d\\.hh\\:mm\\:ss}", "start a process that runs jobs, or more of them; 'infra jobs list' shows what waits");
        if (call.Findings.Count == 0) call.Ok($"{seen.Waiting} wait, none is dead");
    }
}
