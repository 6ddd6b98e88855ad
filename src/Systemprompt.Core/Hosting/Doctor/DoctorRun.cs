using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary>
/// Profile first, since nothing can be asked without one; then whether the database is there; then every check of every extension at the same time,
/// and the health checks that make sense without a server.
/// </summary>
internal static class DoctorRun
{
    private const string Reach = "database";

    public static async Task<IReadOnlyList<DoctorFinding>> OfAsync(CliCall call, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        if (!CheckProfile(call, findings)) return findings;
        var (services, reached) = await ReachAsync(call, findings, cancellationToken);
        var checks = services.GetRequiredService<ExtensionRegistry>().Enabled.SelectMany(extension => extension.DoctorChecks).ToList();
        var clock = services.GetRequiredService<TimeProvider>();
        var runs = checks.Select(check => check.NeedsDatabase && !reached
            ? Task.FromResult<IReadOnlyList<DoctorFinding>>([new DoctorFinding(check.Name, "skip", "the database cannot be reached", null)])
            : Task.Run(() => RunAsync(check, services, clock, cancellationToken), cancellationToken));
        foreach (var found in await Task.WhenAll(runs)) findings.AddRange(found);
        if (!reached) return findings;
        var report = await services.GetRequiredService<HealthReports>().CheckWithoutServerAsync(cancellationToken);
        findings.AddRange(
            from check in report.Checks
            select new DoctorFinding(check.Name, check.Status switch { "healthy" => "ok", "degraded" => "warn", _ => "fail" }, check.Detail ?? "", null));
        return findings;
    }

    /// <summary>One check within its time. Never throws but when the whole run is cancelled.</summary>
    internal static async Task<IReadOnlyList<DoctorFinding>> RunAsync(DoctorCheck check, IServiceProvider services, TimeProvider clock, CancellationToken cancellationToken)
    {
        var call = new DoctorCall(check.Name, services);
        using var patience = new CancellationTokenSource(check.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            // Also one that does not listen to its token is left behind.
            await check.Run(call, either.Token).WaitAsync(check.Timeout + TimeSpan.FromSeconds(1), clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException || (exception is OperationCanceledException && patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
        {
            call.Fail($"did not answer within {check.Timeout.TotalSeconds:0} s", "find out what keeps it: the network, a name server, or the disk; then run doctor again");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            call.Fail($"the check could not be made: {DatabaseErrors.Describe(exception)}", "mend what it says and run doctor again");
        }

        if (call.Findings.Count == 0) call.Ok("nothing to look at");
        return call.Findings;
    }

    private static bool CheckProfile(CliCall call, List<DoctorFinding> findings)
    {
        try
        {
            call.Profile.ResolveAll();
            findings.Add(new DoctorFinding("profile", "ok", $"{call.Profile.Source}, tenant {call.Profile.Tenant}", null));
            return true;
        }
        catch (ProfileException exception)
        {
            findings.AddRange(exception.Faults.Select(fault => new DoctorFinding("profile", "fail", fault.ToString(), "mend the profile at the place named, or set the variable it asks for; 'admin config validate' shows the same")));
            findings.Add(new DoctorFinding("everything else", "skip", "needs a sound profile", null));
            return false;
        }
    }

    private static async Task<(IServiceProvider Services, bool Reached)> ReachAsync(CliCall call, List<DoctorFinding> findings, CancellationToken cancellationToken)
    {
        IServiceProvider? services = null;
        try
        {
            services = await call.ServicesAsync(cancellationToken);
            await using var connection = await services.GetRequiredKeyedService<NpgsqlDataSource>("direct").OpenConnectionAsync(cancellationToken);
            return (services, true);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            findings.Add(new DoctorFinding(Reach, "fail", $"cannot be used: {DatabaseErrors.Describe(exception)}", DatabaseErrors.Remedy(exception)));
            return (services ?? call.OfflineServices(), false);
        }
    }
}
