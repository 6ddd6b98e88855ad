using System.CommandLine;
using System.Text;
using Systemprompt.Audit.Evidence;
using Systemprompt.Audit.Proof;
using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary><c>infra audit export</c>: to standard output or a file, for people and machines, or with proof for a third party.</summary>
internal static class ExportCommand
{
    public static readonly Option<bool> Proof = new("--proof") { Description = "Rows as they were hashed, their places in the chains, and the algorithm: a file that can be verified without the database (docs/audit.md). Takes --since, --until, --format and --to." };
    public static readonly Option<string> Format = new("--format") { Description = "json or csv.", DefaultValueFactory = static _ => "json" };
    public static readonly Option<string?> To = new("--to") { Description = "The file; standard output by default, but with --proof." };

    public static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var isCsv = call.Get(Format) switch
        {
            "json" => false,
            "csv" => true,
            var other => throw new CliException($"--format {other} is neither json nor csv", 2),
        };
        var filter = AuditFilterOptions.Read(call) with { NewestFirst = false };
        var to = call.Get(To);
        if (call.Get(Proof))
        {
            if (filter is not { User: null, Model: null, Project: null, Status: null })
                throw new CliException("--proof takes whole parts of the chains: --since and --until, but no --user, --model, --project or --status; 'infra audit evidence' has all but the last, with each row's place", 2);
            return await ProofCommands.ExportAsync(
                call, to ?? throw new CliException("--proof writes a file: say where with --to FILE", 2), isCsv ? ProofFormats.Csv : ProofFormats.Json, filter, cancellationToken);
        }

        if (to is null && isCsv && call.Output.IsJson) throw new CliException("--format csv and --json are two answers; give one, or --to FILE", 2);
        var entries = AuditMerge.ReadAsync(await AuditCommands.SourcesAsync(call, cancellationToken), filter, cancellationToken);
        if (to is null) await WriteAsync(call.Output, entries, isCsv);
        else await WriteAsync(call, to, entries, isCsv, cancellationToken);
        return 0;
    }

    private static async Task WriteAsync(CliCall call, string path, IAsyncEnumerable<AuditEntry> entries, bool isCsv, CancellationToken cancellationToken)
    {
        long count = 0;
        await using (var file = ExportFile.Create(path))
        {
            await using (var text = new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true))
                await WriteAsync(new CliOutput(text, text, json: !isCsv, color: false), entries.Select(entry => (++count, entry).entry), isCsv);
            await file.KeepAsync(cancellationToken);
        }

        call.Output.Item(new ExportedFile(Path.GetFullPath(path), count), ("file", file => file.File), ("entries", file => file.Entries));
    }

    private static async Task WriteAsync(CliOutput output, IAsyncEnumerable<AuditEntry> entries, bool isCsv)
    {
        if (!isCsv)
        {
            await output.StreamAsync(entries.Select(AuditEntryText.ToJson));
            return;
        }

        output.Line(CsvText.Line(EvidenceEntry.Columns.SkipLast(1)));
        await foreach (var entry in entries) output.Line(CsvText.Line(new EvidenceEntry(entry, []).ToCells().SkipLast(1)));
    }
}

/// <summary>What an export to a file prints.</summary>
internal sealed record ExportedFile(string File, long Entries);
