using System.Buffers;

namespace Systemprompt.Ai;

/// <summary>
/// Finds where a server-sent event ends: at its blank line (WHATWG HTML, "Parsing an event stream"; lines end with LF, CR or CRLF).
/// Remembers how far it looked, so a long event that arrives in many pieces is looked at once.
/// </summary>
internal struct SseFramer
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private int _position;
    private bool _insideLine;
    private bool _afterReturn;

    /// <summary>Looks on in <paramref name="pending"/>, which begins at an event's first byte and has only grown since the last call.</summary>
    /// <returns>The length of the first event with its blank line, or -1 when more bytes are needed.</returns>
    public int FindEnd(ReadOnlySpan<byte> pending)
    {
        while (_position < pending.Length)
        {
            if (_afterReturn)
            {
                _afterReturn = false;
                if (pending[_position] == '\n')
                {
                    _position++;
                    continue;
                }
            }

            if (_insideLine)
            {
                var end = pending[_position..].IndexOfAny(LineEnds);
                if (end < 0)
                {
                    _position = pending.Length;
                    return -1;
                }

                _position += end;
                _insideLine = false;
                _afterReturn = pending[_position++] == '\r';
                continue;
            }

            switch (pending[_position])
            {
                case (byte)'\n':
                    return End(_position + 1);
                case (byte)'\r':
                    // A LF that comes later belongs to this CR; alone it forms an event without fields, which says nothing to anybody.
                    return End(_position + 1 < pending.Length && pending[_position + 1] == '\n' ? _position + 2 : _position + 1);
                default:
                    _insideLine = true;
                    break;
            }
        }

        return -1;
    }

    private int End(int length)
    {
        this = default;
        return length;
    }
}
