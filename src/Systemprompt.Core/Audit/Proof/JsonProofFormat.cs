using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Systemprompt.Audit.Proof;

/// <summary>JSON lines: one object a line.</summary>
internal sealed class JsonProofFormat : IProofFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public string Write(ProofLine line, IReadOnlyList<FieldType> types) => Text(json =>
    {
        json.WriteStartObject();
        Members(json, line, types);
        json.WriteEndObject();
    });

    /// <summary>An object on one line, as the formats write it.</summary>
    internal static string Text(JsonObject content) => Text(json => content.WriteTo(json));

    public ProofLine Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return Read(document.RootElement, text);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it is no JSON object of an export with proof");
        }
    }

    private static void Members(Utf8JsonWriter json, ProofLine line, IReadOnlyList<FieldType> types)
    {
        switch (line)
        {
            case HeaderLine header:
                foreach (var (name, value) in header.Content) Member(json, name, value);
                break;
            case ManifestLine manifest:
                Member(json, "manifest", manifest.Content);
                break;
            case DigestLine digest:
                json.WriteString("sha256", Convert.ToHexStringLower(digest.Sha256));
                break;
            case RunLine run:
                json.WriteString("run", run.Writer);
                json.WriteNumber("from", run.From);
                json.WriteString("previous", run.Previous is null ? null : Convert.ToHexStringLower(run.Previous));
                break;
            case RowLine row:
                json.WriteString("writer", row.Writer);
                json.WriteNumber("seq", row.Seq);
                json.WriteString("table", row.Table);
                json.WriteString("hash", Convert.ToHexStringLower(row.Hash));
                json.WriteStartArray("values");
                for (var i = 0; i < row.Values.Count; i++) Value(json, row.Values[i], types[i]);
                json.WriteEndArray();
                break;
        }
    }

    private static void Member(Utf8JsonWriter json, string name, JsonNode? value)
    {
        json.WritePropertyName(name);
        if (value is null) json.WriteNullValue();
        else value.WriteTo(json);
    }

    private static void Value(Utf8JsonWriter json, string? value, FieldType type)
    {
        if (value is null) json.WriteNullValue();
        else if (type.IsBare) json.WriteRawValue(value);
        else json.WriteStringValue(value);
    }

    private static ProofLine Read(JsonElement line, string text)
    {
        if (line.TryGetProperty("values", out var values))
        {
            return new RowLine(
                line.GetProperty("writer").GetGuid(), line.GetProperty("seq").GetInt64(), line.GetProperty("table").GetString() ?? "", ProofFormats.Hash(line.GetProperty("hash").GetString()),
                [.. values.EnumerateArray().Select(Text)]);
        }

        if (line.TryGetProperty("run", out var run))
            return new RunLine(run.GetGuid(), line.GetProperty("from").GetInt64(), line.GetProperty("previous").GetString() is { } previous ? ProofFormats.Hash(previous) : null);
        if (line.TryGetProperty("manifest", out _)) return new ManifestLine(JsonNode.Parse(text)!["manifest"]!.AsObject());
        if (line.TryGetProperty("sha256", out var digest)) return new DigestLine(ProofFormats.Hash(digest.GetString()));
        return line.TryGetProperty("proof", out _) ? new HeaderLine(JsonNode.Parse(text)!.AsObject()) : throw new FormatException("it is no line of an export with proof");
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options)) write(json);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
