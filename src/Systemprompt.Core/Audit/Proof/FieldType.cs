using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Systemprompt.Audit.Proof;

/// <summary>
/// How a covered field stands in an export as text, and back into the bytes that the hash covers. docs/audit.md has the same for people: it and this
/// must not differ.
/// </summary>
internal sealed record FieldType(string Name)
{
    private const string Moment = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static readonly FieldType Uuid = new("uuid"), Time = new("time"), Text = new("text"), Bool = new("bool"), Int2 = new("int2"), Int4 = new("int4"), Int8 = new("int8"), Bytes = new("bytes");

    private static readonly FieldType[] All = [Uuid, Time, Text, Bool, Int2, Int4, Int8, Bytes];

    /// <summary>True when a value stands as a number or as true or false in JSON, not as a string.</summary>
    public bool IsBare => this == Bool || this == Int2 || this == Int4 || this == Int8;

    public static FieldType? Named(string? name) => Array.Find(All, type => type.Name == name);

    /// <summary>By PostgreSQL's name of a type. What has no text of its own goes as its bytes.</summary>
    public static FieldType Of(string postgres) => postgres switch
    {
        "uuid" => Uuid,
        "timestamptz" => Time,
        "text" or "varchar" or "json" => Text,
        "bool" => Bool,
        "int2" => Int2,
        "int4" => Int4,
        "int8" => Int8,
        _ => Bytes,
    };

    /// <summary>The text of a field's bytes.</summary>
    public string Show(ReadOnlySpan<byte> bytes) => Name switch
    {
        "uuid" => new Guid(bytes, bigEndian: true).ToString(),
        "time" => Epoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(bytes) * 10).ToString(Moment, CultureInfo.InvariantCulture),
        "text" => Strict.GetString(bytes),
        "bool" => bytes[0] == 0 ? "false" : "true",
        "int2" => BinaryPrimitives.ReadInt16BigEndian(bytes).ToString(CultureInfo.InvariantCulture),
        "int4" => BinaryPrimitives.ReadInt32BigEndian(bytes).ToString(CultureInfo.InvariantCulture),
        "int8" => BinaryPrimitives.ReadInt64BigEndian(bytes).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToHexStringLower(bytes),
    };

    /// <summary>Appends a field, its length before it, as the hash covers it.</summary>
    /// <exception cref="FormatException">The text is none of this type.</exception>
    public void Read(string? text, ArrayBufferWriter<byte> output)
    {
        if (text is null)
        {
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), -1);
            output.Advance(4);
            return;
        }

        var bytes = Value(text);
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), bytes.Length);
        output.Advance(4);
        output.Write(bytes);
    }

    private byte[] Value(string text)
    {
        var bytes = Name switch
        {
            "uuid" => Guid.ParseExact(text, "D").ToByteArray(bigEndian: true),
            "text" => Strict.GetBytes(text),
            "bool" => text switch { "true" => [1], "false" => [0], _ => throw new FormatException("neither true nor false") },
            "int2" => new byte[2],
            "int4" => new byte[4],
            "int8" or "time" => new byte[8],
            _ => Convert.FromHexString(text),
        };
        if (this == Int2) BinaryPrimitives.WriteInt16BigEndian(bytes, short.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        else if (this == Int4) BinaryPrimitives.WriteInt32BigEndian(bytes, int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        else if (this == Int8) BinaryPrimitives.WriteInt64BigEndian(bytes, long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        else if (this == Time) BinaryPrimitives.WriteInt64BigEndian(bytes, Ticks(text) / 10);
        return bytes;
    }

    private static long Ticks(string text) =>
        (DateTime.ParseExact(text, Moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal) - Epoch).Ticks;
}
