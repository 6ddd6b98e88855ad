using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Cli;
using Systemprompt.Database;
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

        await CheckMigrationsAsync(services.GetRequiredService<Migrator>(), findings, cancellationToken);
        var report = await services.GetRequiredService<HealthReports>().CheckWithoutServerAsync(cancellationToken);
        findings.AddRange(report.Checks.Select(check =>
            new DoctorFinding(check.Name, check.Status switch { "healthy" => "ok", "degraded" => "warn", _ => "fail" }, check.Detail ?? "")));
    }

    private static async Task CheckMigrationsAsync(Migrator migrator, List<DoctorFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            var plan = await migrator.PlanAsync(cancellationToken);
            findings.AddRange(plan.Faults.Select(fault => new DoctorFinding("migrations", "fail", fault)));
            if (plan.Faults.Count == 0)
                findings.Add(plan.Pending.Count == 0
                    ? new DoctorFinding("migrations", "ok", "none pending")
                    : new DoctorFinding("migrations", "warn", $"{plan.Pending.Count} pending; 'infra db migrate' applies them, or the next start does"));
        }
        catch (NpgsqlException exception)
        {
            // The check of the database itself says why.
            findings.Add(new DoctorFinding("migrations", "fail", $"cannot be looked at: {DatabaseErrors.Describe(exception)}"));
        }
    }
}

internal sealed record DoctorFinding(string Check, string Result, string Detail);
