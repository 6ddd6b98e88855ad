using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Systemprompt.Audit.Evidence;

/// <summary>A row as it stands in a hash chain.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Writer">Whose chain.</param>
/// <param name="Seq">Its number there.</param>
/// <param name="Hash">Its hash, in hex.</param>
internal sealed record ChainedRow(string Table, Guid Writer, long Seq, string Hash);

/// <summary>One entry of the evidence: a model call or a decision, and its rows in the chains.</summary>
internal sealed record EvidenceEntry(AuditEntry Entry, IReadOnlyList<ChainedRow> Rows)
{
    /// <summary>The columns of the CSV; JSON has the same members, and <c>tools</c> and <c>rows</c> as arrays.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "time", "id", "kind", "user_id", "session_id", "agent", "model", "provider", "event", "tool", "tool_use_id", "tools", "decision", "policy", "reason", "status", "input_tokens", "output_tokens",
        "cache_write_tokens", "cache_read_tokens", "cost_microdollars", "cost_unknown", "trace_id", "project", "rows",
    ];

    public string? Session => Text("session_id");

    /// <summary>The AI client's software as it names itself, of model calls.</summary>
    public string? Agent => Text("client");

    public string? Tool => Text("tool");

    /// <summary>The tools that a model call's conversation says ran since the request before.</summary>
    private JsonElement? Tools => Entry.Details.GetValueOrDefault("tools") is JsonElement { ValueKind: JsonValueKind.Array } tools ? tools : null;

    /// <summary>allow, deny or limit; null when no policy was asked.</summary>
    public string? Decision => Text("verdict") ?? (Entry.Details.ContainsKey("verdict") ? null : Entry.Status);

    public string? Policy => Text("policy");

    public long? Input => Number("input_tokens");

    public long? Output => Number("output_tokens");

    /// <summary>The entry as the commands print it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        for (var i = 0; i < Columns.Count - 1; i++) json.Add(Columns[i], Columns[i] == "tools" ? (Tools is { } tools ? JsonArray.Create(tools) : null) : Node(Cell(Columns[i])));
        json.Add("rows", new JsonArray([.. Rows.Select(row => new JsonObject
        {
            ["table"] = row.Table,
            ["writer"] = row.Writer.ToString(),
            ["seq"] = row.Seq,
            ["hash"] = row.Hash,
        })]));
        return json;
    }

    /// <summary>The cells of its line of CSV.</summary>
    public IEnumerable<object?> ToCells() => Columns.Select(Cell);

    private object? Cell(string column) => column switch
    {
        "time" => AuditEntryText.Moment(Entry.At),
        "id" => Entry.Id.ToString(),
        "kind" => Entry.Kind,
        "user_id" => Entry.UserId,
        "agent" => Agent,
        "model" => Entry.Model,
        "decision" => Decision,
        "status" => Entry.Status,
        "cache_write_tokens" => Number("cache_write_5m_tokens") is { } brief ? brief + (Number("cache_write_1h_tokens") ?? 0) : null,
        "input_tokens" or "output_tokens" or "cache_read_tokens" => Number(column),
        "cost_microdollars" => Entry.CostMicrodollars,
        "cost_unknown" => Entry.Details.GetValueOrDefault(column) is bool unknown ? (unknown ? "true" : "false") : null,
        "tools" => Tools?.GetRawText(),
        "rows" => string.Join(' ', Rows.Select(row => $"{row.Table}:{row.Writer}:{row.Seq}:{row.Hash}")),
        _ => Text(column),
    };

    private string? Text(string name) => Entry.Details.GetValueOrDefault(name) as string;

    private long? Number(string name) => Entry.Details.GetValueOrDefault(name) is { } value and (long or int) ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        long number => JsonValue.Create(number),
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ => JsonValue.Create((string)value),
    };
}
