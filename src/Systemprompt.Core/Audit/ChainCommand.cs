using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Audit.Proof;
using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary><c>infra audit verify</c>: recomputes the hash chains, or what a range of time holds of them, and says where one is broken.</summary>
internal static class ChainCommand
{
    private static readonly Option<string?> Writer = new("--writer") { Description = "Only the chain of this writer (audit.writers.id)." };

    private static readonly Option<string?> File = new("--file") { Description = "Verifies an export with proof instead (infra audit export --proof). Needs no database and no profile." };

    public static void Map(CommandMap commands) =>
        commands.Map(
            "infra audit verify", "Recomputes the hash chain of every writer, or the parts of a range of time, or an export; exit code 1 when one is broken.", "infra audit verify",
            [Writer, .. AuditFilterOptions.Times, File], VerifyAsync);

    private static async Task<int> VerifyAsync(CliCall call, CancellationToken cancellationToken)
    {
        var range = AuditFilterOptions.ReadTimes(call);
        var isWhole = range is { Since: null, Until: null };
        if (call.Get(File) is { } file)
        {
            if (call.Get(Writer) is not null || !isWhole) throw new CliException("--file verifies all that is in it; leave out --writer, --since and --until", 2);
            return await ProofCommands.VerifyAsync(call, file, cancellationToken);
        }

        Guid? only = call.Get(Writer) is { } text ? AuditCommands.ReadId("--writer", text) : null;
        var services = await call.ServicesAsync(cancellationToken);
        var findings = new List<ChainFinding>();
        await foreach (var report in isWhole ? WholeAsync(services, only, cancellationToken) : PartsAsync(call.Output, services, range, only, cancellationToken))
        {
            if (report.Fault == ChainFault.UnknownWriter) throw Unknown(report.Writer);
            var finding = ChainFinding.Of(report);
            findings.Add(finding);
            if (finding.Sentence is { } sentence) call.Output.Notice(sentence);
        }

        if (findings.Count == 0 && !isWhole) call.Output.Notice("no rows are in the range");
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

    private static CliException Unknown(Guid writer) => new($"there is no writer {writer}; 'infra audit verify' without --writer lists them all");

    private static async IAsyncEnumerable<ChainReport> WholeAsync(IServiceProvider services, Guid? only, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var verifier = services.GetRequiredService<ChainVerifier>();
        var writers = only is { } one ? [one] : await services.GetRequiredService<ProofStore>().WritersAsync(cancellationToken);
        foreach (var writer in writers) yield return await verifier.VerifyAsync(writer, cancellationToken);
    }

    private static async IAsyncEnumerable<ChainReport> PartsAsync(
        CliOutput output, IServiceProvider services, AuditFilter range, Guid? only, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var verifier = services.GetRequiredService<ChainVerifier>();
        var store = services.GetRequiredService<ProofStore>();
        var found = await store.RunsAsync(range.Since, range.Until, cancellationToken);
        if (only is { } writer && found.Runs.All(run => run.Writer != writer) && await store.StateAsync(writer, cancellationToken) is null) throw Unknown(writer);
        foreach (var run in found.Runs.Where(run => only is null || run.Writer == only))
        {
            var report = await verifier.VerifyAsync(run, cancellationToken);
            // Only behind the beginning of a range may the row before be gone: with its day.
            yield return report is { Fault: ChainFault.None, Unchecked: > 0 } && range.Since is null
                ? report with { Fault = ChainFault.Missing, Seq = report.Unchecked - 1, Head = null }
                : report;
        }

        foreach (var gone in found.Gone.Where(gone => only is null || gone.Id == only)) output.Notice(ProofRuns.Note(gone));
        foreach (var lost in found.Lost.Where(lost => only is null || lost.Id == only)) yield return new ChainReport(lost.Id, 0, ChainFault.Cut) { Seq = 1 };
    }
}

/// <summary>One chain as the command prints it.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Rows">Rows found good, from the first that was looked at.</param>
/// <param name="Fault">missing, altered, cut, stray or unregistered; null when the chain is whole.</param>
/// <param name="Table">The table whose row shows the fault; null when no row does.</param>
/// <param name="Seq">Where: the number of the row that is not good.</param>
/// <param name="Column">The personal column that is not what was written; null when it is the row itself.</param>
/// <param name="Unchecked">The first row's number, when it could not be checked because the row before it is gone.</param>
/// <param name="Head">The last row's hash in hex, for a copy kept elsewhere; null when the chain is broken.</param>
internal sealed record ChainFinding(Guid Writer, long Rows, string? Fault, string? Table, long? Seq, string? Column, long? Unchecked, string? Head)
{
    /// <summary>What a person must know of it, in words.</summary>
    internal string? Sentence => Fault switch
    {
        null when Unchecked is null => null,
        null => $"writer {Writer}: row {Unchecked} itself could not be checked: the row before it is gone",
        "unregistered" => $"writer {Writer} is not in audit.writers: nothing says where its chain ends; {Rows} of its rows are as they were written",
        "missing" when Table is null => $"writer {Writer}: row {Seq} is missing",
        "missing" => $"writer {Writer}: row {Seq} is missing; the next one found is in {Table}",
        "altered" when Column is not null => $"writer {Writer}: {Column} of row {Seq} in {Table} is not what was written",
        "altered" => $"writer {Writer}: row {Seq} in {Table} is not as it was written",
        "stray" when Table is null => $"writer {Writer}: row {Seq} is none that it wrote",
        "stray" => $"writer {Writer}: row {Seq} in {Table} is none that it wrote",
        _ => $"writer {Writer}: the end is missing or not as it was written, from row {Seq} on",
    };

    public static ChainFinding Of(ChainReport report) => new(
        report.Writer,
        report.Rows,
        report.Fault == ChainFault.None ? null : report.Fault.ToString().ToLowerInvariant(),
        report.Table,
        report.Seq,
        report.Column,
        report.Unchecked > 0 ? report.Unchecked : null,
        report.Head is { } head ? Convert.ToHexStringLower(head) : null);
}
