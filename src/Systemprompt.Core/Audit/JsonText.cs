using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Systemprompt.Audit;

/// <summary>Makes any bytes a JSON that PostgreSQL takes, as <c>json</c> and by cast as <c>jsonb</c>, and leaves good JSON as it is.</summary>
internal static class JsonText
{
    /// <summary>PostgreSQL's numeric has no more digits before and after the point; a larger exponent fails the cast.</summary>
    private const int LargestExponent = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Writes length and value of a COPY field.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> json, int maxBytes)
    {
        if (json.Length > maxBytes || !IsPlain(json, out var hasEscapes))
        {
            WriteAsText(output, json, maxBytes);
            return;
        }

        var span = output.GetSpan(json.Length + 4);
        BinaryPrimitives.WriteInt32BigEndian(span, json.Length);
        var copy = span.Slice(4, json.Length);
        json.CopyTo(copy);
        if (hasEscapes) CleanEscapes(copy);
        output.Advance(json.Length + 4);
    }

    private static bool IsPlain(ReadOnlySpan<byte> json, out bool hasEscapes)
    {
        hasEscapes = json.Contains((byte)'\\');
        if (!Utf8.IsValid(json)) return false;
        var reader = new Utf8JsonReader(json, Options);
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.Number && !IsModest(reader.ValueSpan)) return false;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsModest(ReadOnlySpan<byte> number)
    {
        if (number.Length > LargestExponent) return false;
        var mark = number.IndexOfAny((byte)'e', (byte)'E');
        if (mark < 0) return true;
        var digits = number[(mark + 1)..].TrimStart((byte)'+').TrimStart((byte)'-');
        return Utf8Parser.TryParse(digits, out int exponent, out var read) && read == digits.Length && exponent <= LargestExponent;
    }

    /// <summary>In valid JSON a backslash stands only in a string, and a replacement has the same length.</summary>
    private static void CleanEscapes(Span<byte> json)
    {
        for (var at = 0; (at = Next(json, at)) >= 0;)
        {
            if (json[at + 1] != (byte)'u') { at += 2; continue; }
            var code = Code(json, at);
            if (char.IsHighSurrogate(code) && IsLow(json, at + 6)) { at += 12; continue; }
            if (code == '\0' || char.IsSurrogate(code)) "fffd"u8.CopyTo(json[(at + 2)..]);
            at += 6;
        }
    }

    private static int Next(ReadOnlySpan<byte> json, int from)
    {
        var found = json[from..].IndexOf((byte)'\\');
        return found < 0 ? -1 : from + found;
    }

    private static bool IsLow(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length && json[at] == (byte)'\\' && json[at + 1] == (byte)'u' && char.IsLowSurrogate(Code(json, at));

    private static char Code(ReadOnlySpan<byte> json, int at) =>
        Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort code, out _, 'x') ? (char)code : '\uFFFD';

    private static void WriteAsText(IBufferWriter<byte> output, ReadOnlySpan<byte> value, int maxBytes)
    {
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, Math.Min(maxBytes, CopyTuple.DefaultMaxChars))]).Replace('\0', '\uFFFD');
        var json = JsonSerializer.SerializeToUtf8Bytes(text, JsonTextContext.Default.String);
        var span = output.GetSpan(json.Length + 4);
        BinaryPrimitives.WriteInt32BigEndian(span, json.Length);
        json.CopyTo(span[4..]);
        output.Advance(json.Length + 4);
    }
}

/// <summary>JSON texts without reflection.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class JsonTextContext : System.Text.Json.Serialization.JsonSerializerContext;
