using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Audit.Proof;

/// <summary><c>infra audit export --proof</c> and <c>infra audit verify --file</c>.</summary>
internal static class ProofCommands
{
    /// <summary>Writes the file, beside its name first, so that there is never half of one under it.</summary>
    public static async Task<int> ExportAsync(CliCall call, string path, IProofFormat format, AuditFilter range, CancellationToken cancellationToken)
    {
        var exporter = (await call.ServicesAsync(cancellationToken)).GetRequiredService<ProofExporter>();
        var about = new JsonObject { ["tenant"] = call.Profile.Tenant, ["made_at"] = AuditEntryText.Moment(call.Composition.Clock.GetUtcNow()) };
        ProofReport report;
        await using (var file = ExportFile.Create(path))
        {
            report = await exporter.ExportAsync(file.Stream, format, about, range, cancellationToken);
            await file.KeepAsync(cancellationToken);
        }

        foreach (var sentence in report.Faults.Concat(report.Notes)) call.Output.Notice(sentence);
        call.Output.Item(
            new ExportedProof(Path.GetFullPath(path), report.Rows, report.InRange, report.Writers, Convert.ToHexStringLower(report.Sha256), report.Faults.Count == 0),
            ("file", proof => proof.File),
            ("rows", proof => $"{proof.Rows}, {proof.RowsInRange} of them in the range"),
            ("chains", proof => proof.Writers),
            ("whole", proof => proof.Whole),
            ("sha256", proof => proof.Sha256));
        return report.Faults.Count == 0 ? 0 : 1;
    }

    public static async Task<int> VerifyAsync(CliCall call, string path, CancellationToken cancellationToken)
    {
        var verifier = new ProofVerifier();
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, useAsync: true);
            await verifier.VerifyAsync(file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--file {path} cannot be read: {exception.Message}");
        }

        foreach (var sentence in verifier.Faults.Concat(verifier.Findings.Select(static finding => finding.Note).OfType<string>())) call.Output.Notice(sentence);
        if (call.Output.IsJson)
        {
            call.Output.Document(new VerifiedProof(verifier.Faults.Count == 0, verifier.Faults, verifier.Findings, verifier.Sha256));
        }
        else
        {
            call.Output.List(
                verifier.Findings,
                ("writer", finding => finding.Writer),
                ("rows", finding => finding.Rows),
                ("from", finding => finding.From),
                ("to", finding => finding.To),
                ("chain", finding => finding.Fault is null ? "ok" : "broken"),
                ("head", finding => finding.Head));
            call.Output.Line($"sha256  {verifier.Sha256}");
        }

        return verifier.Faults.Count == 0 ? 0 : 1;
    }
}

/// <summary>What <c>export --proof</c> prints.</summary>
internal sealed record ExportedProof(string File, long Rows, long RowsInRange, int Writers, string Sha256, bool Whole);

/// <summary>What <c>verify --file --json</c> prints.</summary>
internal sealed record VerifiedProof(bool Whole, IReadOnlyList<string> Faults, IReadOnlyList<ProofFinding> Writers, string? Sha256);
