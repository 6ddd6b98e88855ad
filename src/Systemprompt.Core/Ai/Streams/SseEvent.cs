using System.Buffers;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>The two fields of a server-sent event that matter here. A view on the event's bytes.</summary>
internal readonly ref struct SseEvent
{
    private SseEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Name = name;
        Data = data;
    }

    /// <summary>The <c>event</c> field; empty when there is none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The <c>data</c> lines, joined by LF; empty when there is none.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>What kind of event it is: its name, or else the <c>type</c> in its data.</summary>
    public ReadOnlySpan<byte> Kind => Name.IsEmpty ? TypeOf(Data) : Name;

    public static SseEvent Parse(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> name = default, data = default;
        var lines = 0;
        // A byte order mark may stand in front of a stream.
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        for (var rest = bytes; TryLine(ref rest, out var line);)
        {
            if (Field(line, "event"u8, out var value)) name = value;
            else if (Field(line, "data"u8, out value) && lines++ == 0) data = value;
        }

        return new SseEvent(name, lines < 2 ? data : Join(bytes));
    }

    // Several data lines are legal and rare: no provider breaks JSON over lines.
    private static byte[] Join(ReadOnlySpan<byte> rest)
    {
        var joined = new ArrayBufferWriter<byte>(rest.Length);
        while (TryLine(ref rest, out var line))
        {
            if (!Field(line, "data"u8, out var value)) continue;
            if (joined.WrittenCount > 0) joined.Write("\n"u8);
            joined.Write(value);
        }

        return joined.WrittenSpan.ToArray();
    }

    private static bool TryLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (rest.IsEmpty) return false;
        var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return true;
    }

    private static bool Field(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!line.StartsWith(name)) return false;
        if (line.Length == name.Length) return true;
        if (line[name.Length] != ':') return false;
        value = line[(name.Length + 1)..];
        if (!value.IsEmpty && value[0] == ' ') value = value[1..];
        return true;
    }

    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return default;
        var reader = new Utf8JsonReader(data);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = JsonText.Is(ref reader, "type"u8);
                reader.Read();
                if (isType) return reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Not for us to judge: it is forwarded as it came.
        }

        return default;
    }
}
