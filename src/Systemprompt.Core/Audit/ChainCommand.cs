using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Audit.Proof;
using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary><c>infra audit verify</c>: recomputes the hash chains and says where one is broken.</summary>
internal static class ChainCommand
{
    private static readonly Option<string?> Writer = new("--writer") { Description = "Only the chain of this writer (audit.writers.id)." };

    private static readonly Option<string?> File = new("--file") { Description = "Verifies an export with proof instead (infra audit export --proof). Needs no database and no profile." };

    public static void Map(CommandMap commands) =>
        commands.Map("infra audit verify", "Recomputes the hash chain of every writer, or of an export; exit code 1 when one is broken.", "infra audit verify", [Writer, File], VerifyAsync);

    private static async Task<int> VerifyAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(File) is { } file)
        {
            if (call.Get(Writer) is not null) throw new CliException("--file verifies every writer in it; leave out --writer", 2);
            return await ProofCommands.VerifyAsync(call, file, cancellationToken);
        }

        Guid? only = call.Get(Writer) is { } text ? AuditCommands.ReadId("--writer", text) : null;
        var services = await call.ServicesAsync(cancellationToken);
        var verifier = services.GetRequiredService<ChainVerifier>();
        var writers = only is { } one ? [one] : await AuditStore.WritersAsync(services.GetRequiredService<NpgsqlDataSource>(), cancellationToken);
        var findings = new List<ChainFinding>();
        foreach (var writer in writers)
        {
            var report = await verifier.VerifyAsync(writer, cancellationToken);
            if (report.Fault == ChainFault.UnknownWriter) throw new CliException($"there is no writer {writer}; 'infra audit verify' without --writer lists them all");
            var finding = ChainFinding.Of(report);
            findings.Add(finding);
            if (finding.Fault is not null) call.Output.Notice(finding.Sentence);
        }

        call.Output.List(
            findings,
            ("writer", finding => finding.Writer),
            ("rows", finding => finding.Rows),
            ("chain", finding => finding.Fault ?? "ok"),
            ("table", finding => finding.Table),
            ("seq", finding => finding.Seq),
            ("head", finding => finding.Head is { } head ? head[..16] : null));
        return findings.Any(finding => finding.Fault is not null) ? 1 : 0;
    }
}

/// <summary>One chain as the command prints it.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Rows">Rows found good, from the first.</param>
/// <param name="Fault">missing, altered or cut; null when the chain is whole.</param>
/// <param name="Table">The table whose row shows the fault; null when no row does.</param>
/// <param name="Seq">Where: the first number that is not good.</param>
/// <param name="Head">The last row's hash in hex, for a copy kept elsewhere; null when the chain is broken.</param>
internal sealed record ChainFinding(Guid Writer, long Rows, string? Fault, string? Table, long? Seq, string? Head)
{
    /// <summary>The fault in words.</summary>
    internal string Sentence => Fault switch
    {
        "missing" => $"writer {Writer}: row {Seq} is missing; the next one found is in {Table}",
        "altered" => $"writer {Writer}: row {Seq} in {Table} is not as it was written",
        _ => $"writer {Writer}: the end is missing or not as it was written, from row {Seq} on",
    };

    public static ChainFinding Of(ChainReport report) => report.Fault switch
    {
        ChainFault.None => new ChainFinding(report.Writer, report.Rows, null, null, null, report.Head is { } head ? Convert.ToHexStringLower(head) : null),
        var fault => new ChainFinding(report.Writer, report.Rows, fault.ToString().ToLowerInvariant(), report.Table, report.Rows + 1, null),
    };
}
