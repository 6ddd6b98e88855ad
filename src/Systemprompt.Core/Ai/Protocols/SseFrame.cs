using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>One server-sent event whose data is a JSON object: it begins when this is made, and ends when it is disposed of.</summary>
internal readonly ref struct SseFrame
{
    private readonly IBufferWriter<byte> _output;

    /// <param name="output">Where it goes.</param>
    /// <param name="name">The event's name; empty for none.</param>
    public SseFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> name)
    {
        _output = output;
        if (!name.IsEmpty)
        {
            output.Write("event: "u8);
            output.Write(name);
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        Json = JsonOutput.Writer(output);
        Json.WriteStartObject();
    }

    /// <summary>Stands inside the object.</summary>
    public Utf8JsonWriter Json { get; }

    public void Dispose()
    {
        Json.WriteEndObject();
        Json.Dispose();
        _output.Write("\n\n"u8);
    }
}

/// <summary>How JSON is written to providers and clients.</summary>
internal static class JsonOutput
{
    // Nothing here is ever put into HTML, and every escape costs a client or a provider bytes. Depth is bounded by what was read.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 * RequestHeadReader.MaxDepth, SkipValidation = true };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>An element as it was read. The element's own writing throws on half a surrogate pair.</summary>
    public static void Raw(this Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
    }

    /// <summary>A property, or nothing for null.</summary>
    public static void Maybe(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    /// <inheritdoc cref="Maybe(Utf8JsonWriter, string, string?)"/>
    public static void Maybe(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    /// <inheritdoc cref="Maybe(Utf8JsonWriter, string, string?)"/>
    public static void Maybe(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    /// <inheritdoc cref="Maybe(Utf8JsonWriter, string, string?)"/>
    public static void Maybe(this Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } flag) json.WriteBoolean(name, flag);
    }

    /// <summary>An array of strings, or nothing for none.</summary>
    public static void Maybe(this Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
