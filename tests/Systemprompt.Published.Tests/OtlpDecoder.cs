using System.Buffers.Binary;
using System.Text;

namespace Systemprompt.Published.Tests;

/// <summary>What a field holds on the wire, as opentelemetry-proto 1.x declares it.</summary>
internal enum OtlpType
{
    Varint,
    Fixed32,
    Fixed64,
    Double,
    Text,
    Bytes,
    PackedFixed64,
    PackedDouble,
    Message,
}

/// <summary>A declared field.</summary>
internal sealed record OtlpField(string Name, OtlpType Type, Func<OtlpSchema>? Message = null);

/// <summary>A declared message: its fields by number.</summary>
internal sealed class OtlpSchema : Dictionary<int, OtlpField>
{
    public static OtlpSchema Traces => Request("spans", () => Span!);

    public static OtlpSchema Metrics => Request("metrics", () => Metric!);

    public static OtlpSchema Logs => Request("records", () => Record!);

    private static OtlpSchema Span { get; } = new()
    {
        [1] = new("trace_id", OtlpType.Bytes), [2] = new("span_id", OtlpType.Bytes), [3] = new("trace_state", OtlpType.Text), [4] = new("parent_span_id", OtlpType.Bytes),
        [5] = new("name", OtlpType.Text), [6] = new("kind", OtlpType.Varint), [7] = new("start", OtlpType.Fixed64), [8] = new("end", OtlpType.Fixed64),
        [9] = new("attributes", OtlpType.Message, () => KeyValue!), [15] = new("status", OtlpType.Message, () => Status!), [16] = new("flags", OtlpType.Fixed32),
    };

    private static OtlpSchema Status { get; } = new() { [2] = new("message", OtlpType.Text), [3] = new("code", OtlpType.Varint) };

    private static OtlpSchema Metric { get; } = new()
    {
        [1] = new("name", OtlpType.Text), [2] = new("description", OtlpType.Text), [3] = new("unit", OtlpType.Text),
        [5] = new("gauge", OtlpType.Message, () => Numbers!), [7] = new("sum", OtlpType.Message, () => Numbers!), [9] = new("histogram", OtlpType.Message, () => Histogram!),
    };

    private static OtlpSchema Numbers { get; } = new()
    {
        [1] = new("points", OtlpType.Message, () => Number!), [2] = new("temporality", OtlpType.Varint), [3] = new("monotonic", OtlpType.Varint),
    };

    private static OtlpSchema Number { get; } = new()
    {
        [2] = new("start", OtlpType.Fixed64), [3] = new("time", OtlpType.Fixed64), [4] = new("value", OtlpType.Double), [7] = new("attributes", OtlpType.Message, () => KeyValue!),
    };

    private static OtlpSchema Histogram { get; } = new() { [1] = new("points", OtlpType.Message, () => Distribution!), [2] = new("temporality", OtlpType.Varint) };

    private static OtlpSchema Distribution { get; } = new()
    {
        [2] = new("start", OtlpType.Fixed64), [3] = new("time", OtlpType.Fixed64), [4] = new("count", OtlpType.Fixed64), [5] = new("sum", OtlpType.Double),
        [6] = new("buckets", OtlpType.PackedFixed64), [7] = new("bounds", OtlpType.PackedDouble), [9] = new("attributes", OtlpType.Message, () => KeyValue!),
    };

    private static OtlpSchema Record { get; } = new()
    {
        [1] = new("time", OtlpType.Fixed64), [2] = new("severity", OtlpType.Varint), [3] = new("severity_text", OtlpType.Text), [5] = new("body", OtlpType.Message, () => AnyValue!),
        [6] = new("attributes", OtlpType.Message, () => KeyValue!), [9] = new("trace_id", OtlpType.Bytes), [10] = new("span_id", OtlpType.Bytes), [11] = new("observed", OtlpType.Fixed64),
    };

    private static OtlpSchema KeyValue { get; } = new() { [1] = new("key", OtlpType.Text), [2] = new("value", OtlpType.Message, () => AnyValue!) };

    private static OtlpSchema AnyValue { get; } = new() { [1] = new("text", OtlpType.Text), [2] = new("flag", OtlpType.Varint), [3] = new("number", OtlpType.Varint), [4] = new("double", OtlpType.Double) };

    private static OtlpSchema Request(string items, Func<OtlpSchema> item)
    {
        var resource = new OtlpSchema { [1] = new("attributes", OtlpType.Message, () => KeyValue!) };
        var scope = new OtlpSchema { [1] = new("name", OtlpType.Text), [2] = new("version", OtlpType.Text) };
        var scoped = new OtlpSchema { [1] = new("scope", OtlpType.Message, () => scope), [2] = new(items, OtlpType.Message, item) };
        var whole = new OtlpSchema { [1] = new("resource", OtlpType.Message, () => resource), [2] = new("scopes", OtlpType.Message, () => scoped) };
        return new() { [1] = new("resources", OtlpType.Message, () => whole) };
    }
}

/// <summary>A decoded message. Strict: a field that is not declared, a wire type that is not the declared one, a text that is not UTF-8, and bytes left over are faults.</summary>
internal sealed class OtlpMessage
{
    private readonly Dictionary<string, List<object>> _fields = [];

    public static OtlpMessage Parse(ReadOnlySpan<byte> bytes, OtlpSchema schema)
    {
        var message = new OtlpMessage();
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            if (!schema.TryGetValue((int)(tag >> 3), out var field)) throw new InvalidDataException($"field {tag >> 3} is not declared");
            var wire = field.Type switch { OtlpType.Varint => 0, OtlpType.Fixed64 or OtlpType.Double => 1, OtlpType.Fixed32 => 5, _ => 2 };
            if ((int)(tag & 7) != wire) throw new InvalidDataException($"{field.Name} has wire type {tag & 7}, not {wire}");
            message.Add(field.Name, Value(ref bytes, field));
        }

        return message;
    }

    public IReadOnlyList<OtlpMessage> All(string field) => [.. _fields.GetValueOrDefault(field, []).Cast<OtlpMessage>()];

    public OtlpMessage One(string field) => (OtlpMessage)_fields[field].ShouldHaveSingleItem();

    public bool Has(string field) => _fields.ContainsKey(field);

    public string Text(string field) => (string)_fields[field].ShouldHaveSingleItem();

    public ulong Number(string field) => Has(field) ? (ulong)_fields[field].ShouldHaveSingleItem() : 0;

    public double Double(string field) => (double)_fields[field].ShouldHaveSingleItem();

    public string Hex(string field) => Has(field) ? Convert.ToHexStringLower((byte[])_fields[field].ShouldHaveSingleItem()) : "";

    public ulong[] Packed(string field) => (ulong[])_fields[field].ShouldHaveSingleItem();

    /// <summary>The attributes as texts.</summary>
    public IReadOnlyDictionary<string, string> Attributes() => All("attributes").ToDictionary(pair => pair.Text("key"), pair => pair.One("value") switch
    {
        var any when any.Has("text") => any.Text("text"),
        var any when any.Has("double") => $"{any.Double("double")}",
        var any when any.Has("flag") => any.Number("flag") == 1 ? "true" : "false",
        var any => $"{any.Number("number")}",
    });

    private void Add(string name, object value)
    {
        if (!_fields.TryGetValue(name, out var values)) _fields[name] = values = [];
        values.Add(value);
    }

    private static object Value(ref ReadOnlySpan<byte> bytes, OtlpField field)
    {
        switch (field.Type)
        {
            case OtlpType.Varint: return Varint(ref bytes);
            case OtlpType.Fixed64: return BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8));
            case OtlpType.Double: return BinaryPrimitives.ReadDoubleLittleEndian(Take(ref bytes, 8));
            case OtlpType.Fixed32: return (ulong)BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4));
        }

        var content = Take(ref bytes, checked((int)Varint(ref bytes)));
        switch (field.Type)
        {
            case OtlpType.Text: return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
            case OtlpType.Bytes: return content.ToArray();
            case OtlpType.Message: return Parse(content, field.Message!());
        }

        var numbers = new ulong[Math.DivRem(content.Length, 8, out var rest)];
        if (rest != 0) throw new InvalidDataException($"{field.Name} is not packed in eights");
        for (var at = 0; at < numbers.Length; at++) numbers[at] = BinaryPrimitives.ReadUInt64LittleEndian(content[(at * 8)..]);
        return numbers;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (count > bytes.Length) throw new InvalidDataException("the message ends too early");
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0ul;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = Take(ref bytes, 1)[0];
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return number;
        }

        throw new InvalidDataException("a varint is too long");
    }
}
