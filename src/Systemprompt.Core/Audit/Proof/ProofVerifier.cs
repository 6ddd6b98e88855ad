using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;

namespace Systemprompt.Audit.Proof;

/// <summary>What is known of a writer's part of an export.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="From">The first row's number.</param>
/// <param name="To">The last one's.</param>
/// <param name="Rows">How many were recomputed and are as they were written.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Head">The last row's hash.</param>
/// <param name="Note">Which row could not be checked, and is not to blame for it.</param>
internal sealed record ProofFinding(Guid Writer, long From, long To, long Rows, string? Fault, string? Head, string? Note);

/// <summary>Verifies an export by itself: no database, no profile. Streams; says the line and the row of whatever is not as it was.</summary>
internal sealed class ProofVerifier
{
    private readonly Dictionary<string, (byte[] Name, FieldType[] Types)> _tables = new(StringComparer.Ordinal);
    private readonly List<ProofFinding> _findings = [];
    private readonly List<string> _faults = [];
    private readonly ArrayBufferWriter<byte> _image = new(1024);
    private ProofChain? _chain;
    private RunLine? _run;
    private long _rows, _all;
    private string? _fault;
    private JsonObject? _manifest;
    private byte[]? _digest;
    private bool _fits, _hasSince, _hasUntil;

    /// <summary>Whatever is wrong, in words.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public IReadOnlyList<ProofFinding> Findings => _findings;

    /// <summary>What the first line says.</summary>
    public JsonObject? Header { get; private set; }

    /// <summary>What the last line says.</summary>
    public string? Sha256 => _digest is null ? null : Convert.ToHexStringLower(_digest);

    public async Task VerifyAsync(Stream input, CancellationToken cancellationToken)
    {
        using var lines = new ProofLines(input);
        IProofFormat? format = null;
        try
        {
            await foreach (var text in lines.ReadAsync(cancellationToken))
            {
                format ??= text.StartsWith('{') ? ProofFormats.Json : ProofFormats.Csv;
                Take(format.Read(text), lines);
            }

            if (_digest is null) Add("the end of the file is missing: its last line does not say what the others hash to");
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            Add(exception.Message.StartsWith("line ", StringComparison.Ordinal) ? exception.Message : $"line {lines.Number}: {exception.Message}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            Add($"line {lines.Number}: a member of it is missing, or not of its type");
        }

        EndRun();
        if (_manifest is not null) TryCompareManifest(_manifest);
        if (_faults.Count == 0 && !_fits) Add("the lines do not hash to what the last one says; every row is as it was written, something else in the file is not");
    }

    private void Take(ProofLine line, ProofLines lines)
    {
        if (Header is null != line is HeaderLine) throw new FormatException(Header is null ? $"it does not begin as an export with proof does ('{HeaderLine.Label}')" : "a second beginning");
        if (_digest is not null) throw new FormatException("something stands after the last line");
        switch (line)
        {
            case HeaderLine header:
                Begin(header.Content);
                break;
            case RunLine run:
                EndRun();
                BeginRun(run);
                break;
            case RowLine row:
                Take(row, lines.Number);
                break;
            case ManifestLine manifest:
                EndRun();
                _manifest = manifest.Content;
                break;
            case DigestLine digest:
                _digest = digest.Sha256;
                _fits = _digest.AsSpan().SequenceEqual(lines.Before);
                break;
        }
    }

    private void Begin(JsonObject header)
    {
        if (header["proof"]?.GetValue<string>() != HeaderLine.Label) throw new FormatException($"it does not begin as an export with proof does ('{HeaderLine.Label}')");
        foreach (var (name, columns) in header["tables"]?.AsObject() ?? throw new FormatException("it names no tables"))
            _tables.Add(name, (Encoding.UTF8.GetBytes(name), [.. columns!.AsArray().Select(column => FieldType.Named(column?[1]?.GetValue<string>()) ?? throw new FormatException($"table {name} has a column of an unknown type"))]));
        Header = header;
        (_hasSince, _hasUntil) = (header["since"] is not null, header["until"] is not null);
    }

    private void BeginRun(RunLine run)
    {
        if (_findings.Any(finding => finding.Writer == run.Writer)) throw new FormatException($"writer {run.Writer} comes a second time");
        var isGenesis = run.Previous?.AsSpan().SequenceEqual(AuditHash.Genesis(run.Writer)) == true;
        if (run.From < 1 || (run.From == 1 && !isGenesis)) throw new FormatException($"writer {run.Writer} does not begin as its chain does");
        (_run, _chain, _rows, _fault) = (run, new ProofChain(run.Writer, run.From, run.Previous), 0, null);
        // An export of everything begins with row 1; one with an end only may begin later, but behind a row that is there.
        if (run.From == 1 || _hasSince || (_hasUntil && run.Previous is not null)) return;
        _fault = $"rows 1 to {run.From - 1} of writer {run.Writer} are missing at the beginning";
        Add(_fault);
    }

    private void Take(RowLine row, int line)
    {
        if (_run is null || _chain is null || row.Writer != _run.Writer) throw new FormatException($"row {row.Seq} of writer {row.Writer} stands among those of another");
        if (_chain.IsBroken && row.Seq == _chain.Missing && _fault is not null)
        {
            // Not missing after all: what stood in its place was too early.
            _faults.Remove(_fault);
            _fault = $"line {line}: row {row.Seq} of writer {row.Writer} stands after row {row.Seq + 1} or a later one: rows were swapped";
            Add(_fault);
        }

        _all++;
        Encode(row, line);
        if (_chain.Take(row.Seq, row.Table, System.Runtime.InteropServices.MemoryMarshal.AsMemory(_image.WrittenMemory).Span, row.Hash) is { } fault)
        {
            _fault = $"line {line}: {fault}";
            Add(_fault);
        }
        else if (!_chain.IsBroken && row.Seq != _chain.Unchecked)
        {
            _rows++;
        }
    }

    private void Encode(RowLine row, int line)
    {
        if (!_tables.TryGetValue(row.Table, out var table)) throw new FormatException($"row {row.Seq} of writer {row.Writer} is of table '{row.Table}', which the first line does not name");
        if (row.Values.Count != table.Types.Length) throw new FormatException($"row {row.Seq} of writer {row.Writer} has {row.Values.Count} values, not {table.Types.Length}");
        _image.ResetWrittenCount();
        Skip(AuditHash.Size);
        _image.Write(table.Name);
        for (var i = 0; i < table.Types.Length; i++)
        {
            try
            {
                table.Types[i].Read(row.Values[i], _image);
            }
            catch (Exception exception) when (exception is FormatException or OverflowException or EncoderFallbackException)
            {
                throw new FormatException($"line {line}: value {i + 1} of row {row.Seq} of writer {row.Writer} is no {table.Types[i].Name}");
            }
        }

        Skip(AuditHash.SeqSize);
    }

    private void EndRun()
    {
        if (_run is not { } run || _chain is not { } chain) return;
        var note = chain.Unchecked > 0 ? $"row {chain.Unchecked} of writer {run.Writer} itself could not be checked: the row before it is gone" : null;
        _findings.Add(new ProofFinding(run.Writer, run.From, chain.Seq, _rows, _fault, chain.IsBroken ? null : Convert.ToHexStringLower(chain.Head), note));
        (_run, _chain) = (null, null);
    }

    private void TryCompareManifest(JsonObject manifest)
    {
        try
        {
            CompareManifest(manifest);
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or ArgumentException)
        {
            Add("the manifest is not as it was written");
        }
    }

    private void CompareManifest(JsonObject manifest)
    {
        var writers = manifest["writers"] as JsonArray ?? [];
        foreach (var said in writers)
        {
            var id = said?["writer"]?.GetValue<string>();
            var (to, head) = (said?["to"]?.GetValue<long>() ?? 0, said?["head"]?.GetValue<string>());
            var found = _findings.Find(finding => finding.Writer.ToString() == id);
            if (found is null) Add($"all rows of writer {id} are missing");
            else if (found.Fault is null && found.To < to) Blame(found, $"rows {found.To + 1} to {to} of writer {id} are missing at the end");
            else if (found.Fault is null && (found.To != to || found.Head != head)) Blame(found, $"writer {id} does not end as the manifest says: row {to}, {head}");
            else if (found.Fault is null && EndOf(said!).Sentence(found.Writer, to, Convert.FromHexString(head!)) is { } fault) Blame(found, fault);
        }

        foreach (var finding in _findings)
            if (!writers.Any(said => said?["writer"]?.GetValue<string>() == finding.Writer.ToString())) Blame(finding, $"writer {finding.Writer} is not in the manifest");
        if (_faults.Count == 0 && manifest["rows"]?.GetValue<long>() != _all) Add($"there are {_all} rows, not {manifest["rows"]} as the manifest says");
    }

    /// <summary>Where the chain ended when the export was made.</summary>
    private static ProofEnd EndOf(JsonNode said)
    {
        var next = said["next"]?.GetValue<string>() is { } hash ? ProofFormats.Hash(hash) : null;
        return new ProofEnd(said["last_seq"]?.GetValue<long>() is { } last ? new WriterState(last, ProofFormats.Hash(said["last_hash"]?.GetValue<string>()), IsClosed: false) : null, next);
    }

    private void Blame(ProofFinding finding, string fault)
    {
        _findings[_findings.IndexOf(finding)] = finding with { Fault = fault, Head = null };
        Add(fault);
    }

    private void Add(string fault) => _faults.Add(fault);

    private void Skip(int size)
    {
        _image.GetSpan(size)[..size].Clear();
        _image.Advance(size);
    }
}
