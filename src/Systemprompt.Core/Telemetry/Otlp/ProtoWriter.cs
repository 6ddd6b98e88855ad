using System.Buffers.Binary;
using System.Text;

namespace Systemprompt.Telemetry;

/// <summary>
/// Protocol Buffers' wire format, as far as OTLP needs it. The length of a nested message stands before it and is known after it: four bytes are kept
/// for it, which the format allows (a varint may be longer than it must). A field with its default value is left out.
/// </summary>
internal sealed class ProtoWriter
{
    private const int LengthSize = 4;
    private const int LongestText = 16 * 1024;
    private byte[] _buffer = new byte[16 * 1024];
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Begins a nested message; <see cref="End"/> takes what this returns.</summary>
    public int Begin(int field)
    {
        Tag(field, 2);
        Space(LengthSize);
        _length += LengthSize;
        return _length;
    }

    public void End(int began)
    {
        var length = _length - began;
        for (var at = 0; at < LengthSize; at++)
        {
            _buffer[began - LengthSize + at] = (byte)((length & 0x7F) | (at < LengthSize - 1 ? 0x80 : 0));
            length >>= 7;
        }
    }

    public void Text(int field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return;
        AlwaysText(field, text);
    }

    public void AlwaysText(int field, string text)
    {
        if (text.Length > LongestText) text = text[..LongestText];
        Tag(field, 2);
        var size = Encoding.UTF8.GetByteCount(text);
        Varint((ulong)size);
        Space(size);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        Tag(field, 2);
        Varint((ulong)bytes.Length);
        Space(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Number(int field, long number)
    {
        if (number == 0) return;
        AlwaysNumber(field, number);
    }

    public void AlwaysNumber(int field, long number)
    {
        Tag(field, 0);
        Varint((ulong)number);
    }

    public void Fixed64(int field, ulong number)
    {
        Tag(field, 1);
        Raw64(number);
    }

    public void Fixed32(int field, uint number)
    {
        if (number == 0) return;
        Tag(field, 5);
        Space(4);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), number);
        _length += 4;
    }

    public void Double(int field, double number) => Fixed64(field, BitConverter.DoubleToUInt64Bits(number));

    public void Raw64(ulong number)
    {
        Space(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), number);
        _length += 8;
    }

    private void Tag(int field, int wire) => Varint((ulong)((field << 3) | wire));

    private void Varint(ulong number)
    {
        Space(10);
        while (number >= 0x80)
        {
            _buffer[_length++] = (byte)(number | 0x80);
            number >>= 7;
        }

        _buffer[_length++] = (byte)number;
    }

    private void Space(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
    }
}
