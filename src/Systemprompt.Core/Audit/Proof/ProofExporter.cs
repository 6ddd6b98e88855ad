using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Npgsql;

namespace Systemprompt.Audit.Proof;

/// <summary>What an export came to.</summary>
/// <param name="Rows">Rows in it.</param>
/// <param name="InRange">Those in the range of time; the others stand between them in their chains.</param>
/// <param name="Writers">Whose chains.</param>
/// <param name="Sha256">What its last line says.</param>
/// <param name="Faults">Rows that are not as they were written, or missing. What is there is exported as it is.</param>
/// <param name="Notes">Rows that could not be checked, and are not to blame for it.</param>
internal sealed record ProofReport(long Rows, long InRange, int Writers, byte[] Sha256, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes);

/// <summary>
/// Writes the rows of a range of time with everything that is needed to verify them without the database: of each writer, the unbroken part of its chain
/// that holds them. Streams, one writer after the other.
/// </summary>
internal sealed class ProofExporter(NpgsqlDataSource database, ProofStore store, IEnumerable<AuditTable> tables)
{
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <param name="output">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="about">Members of the first line: tenant, when it is made.</param>
    /// <param name="range">Since and until count.</param>
    /// <param name="cancellationToken">Ends it; what is written then has no last line.</param>
    public async Task<ProofReport> ExportAsync(Stream output, IProofFormat format, JsonObject about, AuditFilter range, CancellationToken cancellationToken)
    {
        var types = new Dictionary<AuditTable, IReadOnlyList<FieldType>>();
        foreach (var table in tables) types.Add(table, await store.TypesAsync(table, cancellationToken));
        using var writer = new ProofWriter(output, format);
        await writer.WriteAsync(Header(about, range, types), [], cancellationToken);
        if (format == ProofFormats.Csv)
            foreach (var table in tables) await writer.WriteAsync(new ColumnsLine(table.Name, table.Columns), [], cancellationToken);
        var found = await store.RunsAsync(range.Since, range.Until, cancellationToken);
        var (rows, inRange, faults, notes, ends) = (0L, 0L, new List<string>(), new List<string>(), new JsonArray());
        foreach (var run in found.Runs)
        {
            var previous = await store.PreviousAsync(run, cancellationToken);
            if (previous is null) Begin(run, range, faults, notes);
            var part = await RunAsync(writer, run, previous, types, range, faults, cancellationToken);
            rows += part.Rows;
            inRange += part.InRange;
            var end = await store.EndAsync(run, cancellationToken);
            if (part.Last < run.To) faults.Add($"rows {part.Last + 1} to {run.To} of writer {run.Writer} are missing at the end");
            else if (end.Sentence(run.Writer, run.To, part.Head ?? []) is { } fault) faults.Add(fault);
            ends.Add(EndOf(run, part, end));
        }

        foreach (var lost in found.Lost)
        {
            faults.Add($"all {lost.LastSeq} rows of writer {lost.Id} are missing");
            ends.Add(EndOf(new ProofRun(lost.Id, 1, lost.LastSeq), new RunPart(), new ProofEnd(await store.StateAsync(lost.Id, cancellationToken), Next: null)));
        }

        notes.AddRange(found.Gone.Select(ProofRuns.Note));
        await writer.WriteAsync(new ManifestLine(new JsonObject { ["rows"] = rows, ["rows_in_range"] = inRange, ["writers"] = ends }), [], cancellationToken);
        return new ProofReport(rows, inRange, found.Runs.Count, await writer.EndAsync(cancellationToken), faults, notes);
    }

    /// <summary>The row before a part is gone. Only behind the beginning of a range may that be: with its day.</summary>
    private static void Begin(ProofRun run, AuditFilter range, List<string> faults, List<string> notes)
    {
        if (run.From < 1) faults.Add($"row {run.From} of writer {run.Writer} is none that it wrote: a chain begins with row 1");
        else if (range.Since is null) faults.Add($"rows 1 to {run.From - 1} of writer {run.Writer} are missing at the beginning");
        else notes.Add($"row {run.From} of writer {run.Writer} itself could not be checked: the row before it is gone");
    }

    private async Task<RunPart> RunAsync(
        ProofWriter writer, ProofRun run, byte[]? previous, Dictionary<AuditTable, IReadOnlyList<FieldType>> types, AuditFilter range, List<string> faults, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(new RunLine(run.Writer, run.From, previous), [], cancellationToken);
        var check = new ProofChain(run.Writer, run.From, previous);
        var part = new RunPart();
        var readers = new List<ChainReader>();
        try
        {
            var next = new PriorityQueue<ChainReader, long>();
            foreach (var table in tables)
            {
                var reader = await ChainReader.OpenAsync(database, table, run.Writer, run.From, run.To, cancellationToken);
                readers.Add(reader);
                if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
            }

            while (next.TryDequeue(out var reader, out var seq))
            {
                var (values, at) = Values(reader, types[reader.Table]);
                part.Count(reader, (range.Since is not { } since || at >= since) && (range.Until is not { } until || at < until));
                await writer.WriteAsync(new RowLine(run.Writer, seq, reader.Table.Name, reader.Hash.ToArray(), values), types[reader.Table], cancellationToken);
                if (check.Take(seq, reader.Table.Name, reader.Image, reader.Hash) is { } fault) faults.Add(fault);
                if (await reader.ReadAsync(cancellationToken)) next.Enqueue(reader, reader.Seq);
            }
        }
        finally
        {
            foreach (var reader in readers) await reader.DisposeAsync();
        }

        return part;
    }

    private static JsonObject EndOf(ProofRun run, RunPart part, ProofEnd end) => new()
    {
        ["writer"] = run.Writer.ToString(),
        ["from"] = run.From,
        ["to"] = run.To,
        ["rows"] = part.Rows,
        ["head"] = Hex(part.Head),
        ["next"] = Hex(end.Next),
        ["last_seq"] = end.State?.LastSeq,
        ["last_hash"] = Hex(end.State?.Head),
    };

    private static HeaderLine Header(JsonObject about, AuditFilter range, Dictionary<AuditTable, IReadOnlyList<FieldType>> types)
    {
        var content = new JsonObject { ["proof"] = HeaderLine.Label };
        foreach (var (name, value) in about) content.Add(name, value?.DeepClone());
        content.Add("since", range.Since is { } since ? AuditEntryText.Moment(since) : null);
        content.Add("until", range.Until is { } until ? AuditEntryText.Moment(until) : null);
        content.Add("algorithm", new JsonArray([.. HeaderLine.Algorithm.Select(sentence => JsonValue.Create(sentence))]));
        content.Add("tables", new JsonObject(types.Select(table => KeyValuePair.Create<string, JsonNode?>(
            table.Key.Name,
            new JsonArray([.. table.Key.Columns.Zip(table.Value, (column, type) => new JsonArray(JsonValue.Create(column), JsonValue.Create(type.Name)))])))));
        return new HeaderLine(content);
    }

    private static (string?[] Values, DateTimeOffset At) Values(ChainReader reader, IReadOnlyList<FieldType> types)
    {
        var fields = reader.Fields.Span;
        var (values, at) = (new string?[types.Count], default(DateTimeOffset));
        for (var i = 0; i < values.Length; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(fields);
            fields = fields[4..];
            if (length < 0) continue;
            values[i] = types[i].Show(fields[..length]);
            if (reader.Table.Columns[i] == reader.Table.PartitionColumn) at = Epoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(fields) * 10);
            fields = fields[length..];
        }

        return (values, at);
    }

    private static string? Hex(byte[]? hash) => hash is null ? null : Convert.ToHexStringLower(hash);

    private sealed class RunPart
    {
        public long Rows { get; private set; }

        public long InRange { get; private set; }

        /// <summary>The last row's number.</summary>
        public long Last { get; private set; }

        /// <summary>Its hash.</summary>
        public byte[]? Head { get; private set; }

        public void Count(ChainReader reader, bool isInRange)
        {
            Rows++;
            if (isInRange) InRange++;
            (Last, Head) = (reader.Seq, reader.Hash.ToArray());
        }
    }
}
