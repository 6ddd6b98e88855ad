using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Hosting;

/// <summary><c>doctor</c>: checks this environment from the inside and says the remedy of what it finds; exit 1 when a check fails, 0 with warnings.</summary>
internal static class DoctorCommand
{
    public static void Map(CommandMap commands) =>
        commands.Map("doctor", "Checks profile, machine, database, keys, certificates and what is reached outside, and says the remedy.", "doctor --json", [], RunAsync);

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var findings = await DoctorRun.OfAsync(call, cancellationToken);
        var (failed, warned) = (findings.Count(finding => finding.Result == "fail"), findings.Count(finding => finding.Result == "warn"));
        if (call.Output.IsJson) call.Output.Document(findings);
        else foreach (var finding in findings) Print(call.Output, finding);
        call.Output.Notice(failed + warned == 0 ? "all is well" : $"{failed} failed, {warned} to look at");
        return failed > 0 ? 1 : 0;
    }

    private static void Print(CliOutput output, DoctorFinding finding)
    {
        output.Line($"{finding.Result,-4}  {CliOutput.Visible(finding.Check)}: {CliOutput.Visible(finding.Detail)}");
        if (finding.Remedy is { } remedy) output.Line($"      -> {CliOutput.Visible(remedy)}");
    }
}
