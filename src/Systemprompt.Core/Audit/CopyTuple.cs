using System.Buffers.Binary;
using System.Text;

namespace Systemprompt.Audit;

/// <summary>
/// Encodes one row in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"), without the leading field count.
/// Text that PostgreSQL would refuse is cleaned on the way in, so that one row's content never fails another's.
/// </summary>
internal ref struct CopyTuple(System.Buffers.IBufferWriter<byte> output)
{
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly System.Buffers.IBufferWriter<byte> _output = output;

    public void Null() => Length(-1);

    public void Uuid(Guid value)
    {
        Length(16);
        value.TryWriteBytes(_output.GetSpan(16), bigEndian: true, out _);
        _output.Advance(16);
    }

    public void Int(int? value)
    {
        if (value is not { } number) { Null(); return; }
        Length(4);
        BinaryPrimitives.WriteInt32BigEndian(_output.GetSpan(4), number);
        _output.Advance(4);
    }

    public void Long(long? value)
    {
        if (value is not { } number) { Null(); return; }
        Length(8);
        BinaryPrimitives.WriteInt64BigEndian(_output.GetSpan(8), number);
        _output.Advance(8);
    }

    public void Bool(bool? value)
    {
        if (value is not { } flag) { Null(); return; }
        Length(1);
        _output.GetSpan(1)[0] = flag ? (byte)1 : (byte)0;
        _output.Advance(1);
    }

    /// <summary>A timestamptz, in whole microseconds.</summary>
    public void Time(DateTimeOffset? value)
    {
        if (value is not { } time) { Null(); return; }
        Long((time.UtcDateTime - Epoch).Ticks / 10);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Length(value.Length);
        value.CopyTo(_output.GetSpan(value.Length));
        _output.Advance(value.Length);
    }

    /// <summary>A text: NUL and lone surrogates become U+FFFD, and what is over <paramref name="maxChars"/> is cut.</summary>
    public void Text(string? value, int maxChars = 512)
    {
        if (value is null) { Null(); return; }
        var chars = value.AsSpan(0, Math.Min(value.Length, maxChars));
        var size = Encoding.UTF8.GetMaxByteCount(chars.Length);
        var span = _output.GetSpan(size + 4);
        // A lone surrogate, also one made by the cut, is encoded as U+FFFD by the replacement fallback.
        var written = Encoding.UTF8.GetBytes(chars, span[4..]);
        if (span.Slice(4, written).Contains((byte)0))
        {
            written = Encoding.UTF8.GetBytes(chars.ToString().Replace('\0', '\uFFFD'), span[4..]);
        }

        BinaryPrimitives.WriteInt32BigEndian(span, written);
        _output.Advance(written + 4);
    }

    private void Length(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_output.GetSpan(4), length);
        _output.Advance(4);
    }
}
