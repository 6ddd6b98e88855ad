using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Systemprompt.Audit;

/// <summary>
/// Encodes one row in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"), without the leading field count.
/// Text that PostgreSQL would refuse is cleaned on the way in, so that one row's content never fails another's. What is written is
/// what PostgreSQL gives back byte for byte, so that the hash chain can be recomputed from the table.
/// </summary>
internal readonly ref struct CopyTuple(IBufferWriter<byte> output)
{
    /// <summary>Longer texts are cut unless a caller says otherwise.</summary>
    public const int DefaultMaxChars = 512;

    /// <summary>Larger JSON is stored as a cut text unless a caller says otherwise.</summary>
    public const int DefaultMaxJsonBytes = 64 * 1024;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly IBufferWriter<byte> _output = output;

    public void Null() => Length(-1);

    public void Uuid(Guid? value)
    {
        if (value is not { } uuid) { Null(); return; }
        var span = Field(16);
        uuid.TryWriteBytes(span, bigEndian: true, out _);
    }

    public void Int(int? value)
    {
        if (value is not { } number) { Null(); return; }
        BinaryPrimitives.WriteInt32BigEndian(Field(4), number);
    }

    public void Long(long? value)
    {
        if (value is not { } number) { Null(); return; }
        BinaryPrimitives.WriteInt64BigEndian(Field(8), number);
    }

    public void Bool(bool? value)
    {
        if (value is not { } flag) { Null(); return; }
        Field(1)[0] = flag ? (byte)1 : (byte)0;
    }

    /// <summary>A timestamptz, in whole microseconds.</summary>
    public void Time(DateTimeOffset? value)
    {
        if (value is not { } time) { Null(); return; }
        Long((time.UtcDateTime - Epoch).Ticks / 10);
    }

    /// <summary>A bytea.</summary>
    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length));

    /// <summary>A text: NUL and lone surrogates become U+FFFD, and what is over <paramref name="maxChars"/> is cut.</summary>
    public void Text(string? value, int maxChars = DefaultMaxChars)
    {
        if (value is null) { Null(); return; }
        var chars = value.AsSpan(0, Math.Min(value.Length, maxChars));
        var span = _output.GetSpan((chars.Length * 3) + 4);
        var written = CleanText(chars, span[4..]);
        BinaryPrimitives.WriteInt32BigEndian(span, written);
        _output.Advance(written + 4);
    }

    /// <summary>The digest that stands for a personal text in the covered columns; null for null. Type bytea.</summary>
    /// <param name="rowId">The row's id, so that equal values of different rows do not show as equal.</param>
    /// <param name="value">The text as given to <see cref="Text"/> in <see cref="AuditRow.WritePersonal"/>.</param>
    /// <param name="maxChars">The same as given to <see cref="Text"/>.</param>
    public void Digest(Guid rowId, string? value, int maxChars = DefaultMaxChars)
    {
        if (value is null) { Null(); return; }
        PersonalDigest.Compute(rowId, value, Field(PersonalDigest.Size), maxChars);
    }

    /// <summary>
    /// A json (not jsonb, which does not keep the bytes): escapes that PostgreSQL refuses (<c>\u0000</c>, lone surrogates) are replaced, and
    /// what is no JSON, or nested too deep, or too large, is stored as a JSON text of its beginning. Always castable to jsonb.
    /// </summary>
    public void Json(ReadOnlySpan<byte> value, int maxBytes = DefaultMaxJsonBytes) => JsonText.Write(_output, value, maxBytes);

    /// <inheritdoc cref="Json(ReadOnlySpan{byte}, int)"/>
    public void Json(string? value, int maxBytes = DefaultMaxJsonBytes)
    {
        if (value is null) { Null(); return; }
        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            Json(rented.AsSpan(0, Encoding.UTF8.GetBytes(value, rented)), maxBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Encodes as UTF-8 what PostgreSQL accepts; at most three bytes a char.</summary>
    internal static int CleanText(ReadOnlySpan<char> chars, Span<byte> output)
    {
        // A lone surrogate, also one made by a cut, is encoded as U+FFFD by the encoding's replacement fallback.
        var written = Encoding.UTF8.GetBytes(chars, output);
        return output[..written].Contains((byte)0)
            ? Encoding.UTF8.GetBytes(chars.ToString().Replace('\0', '\uFFFD'), output)
            : written;
    }

    private Span<byte> Field(int length)
    {
        var span = _output.GetSpan(length + 4);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _output.Advance(length + 4);
        return span.Slice(4, length);
    }

    private void Length(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_output.GetSpan(4), length);
        _output.Advance(4);
    }
}
