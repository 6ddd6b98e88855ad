using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Database.Migrations;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary><c>doctor</c>: checks this environment from the inside, one line a check, with the remedy; exit 1 when one fails.</summary>
internal static class DoctorCommand
{
    public static void Map(CommandMap commands) =>
        commands.Map("doctor", "Checks the profile, the database, the migrations and every health check, and says the remedy.", "doctor --json", [], RunAsync);

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        if (CheckProfile(call, findings)) await CheckServicesAsync(call, findings, cancellationToken);
        call.Output.List(findings, ("check", finding => finding.Check), ("result", finding => finding.Result), ("detail", finding => finding.Detail));
        return findings.Any(finding => finding.Result == "fail") ? 1 : 0;
    }

    private static bool CheckProfile(CliCall call, List<DoctorFinding> findings)
    {
        try
        {
            call.Profile.ResolveAll();
            findings.Add(new DoctorFinding("profile", "ok", $"{call.Profile.Source}, tenant {call.Profile.Tenant}"));
            return true;
        }
        catch (ProfileException exception)
        {
            findings.AddRange(exception.Faults.Select(fault => new DoctorFinding("profile", "fail", fault.ToString())));
            return false;
        }
    }

    private static async Task CheckServicesAsync(CliCall call, List<DoctorFinding> findings, CancellationToken cancellationToken)
    {
        IServiceProvider services;
        try
        {
            services = await call.ServicesAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            findings.Add(new DoctorFinding("database", "fail", exception.Message));
            return;
        }

        var pending = await services.GetRequiredService<Migrator>().PlanAsync(cancellationToken);
        findings.Add(pending.Pending.Count == 0
            ? new DoctorFinding("migrations", "ok", "none pending")
            : new DoctorFinding("migrations", "warn", $"{pending.Pending.Count} pending; 'infra db migrate' applies them, or the next start does"));
        var report = await services.GetRequiredService<HealthReports>().CheckAsync(cancellationToken);
        findings.AddRange(report.Checks.Select(check =>
            new DoctorFinding(check.Name, check.Status switch { "healthy" => "ok", "degraded" => "warn", _ => "fail" }, check.Detail ?? "")));
    }
}

internal sealed record DoctorFinding(string Check, string Result, string Detail);
