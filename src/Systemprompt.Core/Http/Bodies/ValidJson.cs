using System.Buffers;

namespace Systemprompt.Http.Bodies;

/// <summary>
/// Finds its way through a JSON text that was read whole before and found well-formed (RFC 8259): a body is gone through several times, and to check it once is
/// enough. Of a broken text it finds something or nothing, but never reads beyond it, and comes to an end.
/// </summary>
internal static class ValidJson
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> Behind = SearchValues.Create(",]} \t\r\n"u8);

    /// <summary>The members of the object, or the elements of the array, that begins at a position or after blanks there; none when neither does.</summary>
    public static Items In(ReadOnlySpan<byte> json, int at = 0) => new(json, SkipBlanks(json, at));

    /// <summary>Where the next string begins: a value or a name. -1 when there is none.</summary>
    public static int NextString(ReadOnlySpan<byte> json, int at)
    {
        var found = json[at..].IndexOf((byte)'"');
        return found < 0 ? -1 : at + found;
    }

    /// <summary>The position behind the string whose first quote stands at a position.</summary>
    public static int EndOfString(ReadOnlySpan<byte> json, int at)
    {
        for (var from = at + 1; from < json.Length;)
        {
            var found = json[from..].IndexOf((byte)'"');
            if (found < 0) break;
            from += found;
            // Texts hold many more escapes than quotes, so that only quotes are searched for. One behind an odd number of backslashes is escaped.
            var before = json[(at + 1)..from];
            if ((before.Length - 1 - before.LastIndexOfAnyExcept((byte)'\\')) % 2 == 0) return from + 1;
            from++;
        }

        return json.Length;
    }

    /// <summary>The position behind the value that begins at a position.</summary>
    public static int EndOf(ReadOnlySpan<byte> json, int at)
    {
        if (json[at] == '"') return EndOfString(json, at);
        if (json[at] is not ((byte)'{' or (byte)'['))
        {
            var found = json[at..].IndexOfAny(Behind);
            return found < 0 ? json.Length : at + found;
        }

        var (depth, from) = (1, at + 1);
        while (depth > 0)
        {
            var found = json[from..].IndexOfAny(Structure);
            if (found < 0) return json.Length;
            from += found;
            if (json[from] == '"')
            {
                from = EndOfString(json, from);
                continue;
            }

            depth += json[from++] is (byte)'{' or (byte)'[' ? 1 : -1;
        }

        return from;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> json, int at)
    {
        while (at < json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
        return at;
    }

    /// <summary>Goes through the members of an object or the elements of an array.</summary>
    public ref struct Items
    {
        private readonly ReadOnlySpan<byte> _json;
        private readonly bool _hasNames;
        private int _at;
        private int _end;

        internal Items(ReadOnlySpan<byte> json, int at)
        {
            _json = json;
            var first = at < json.Length ? json[at] : (byte)0;
            _hasNames = first == '{';
            _at = _end = first is (byte)'{' or (byte)'[' ? at : json.Length;
        }

        /// <summary>A member's name as it stands between its quotes; empty for an element.</summary>
        public ReadOnlySpan<byte> Name { get; private set; }

        /// <summary>Where the value begins.</summary>
        public int Start { get; private set; }

        /// <summary>The position behind it. Found when it is asked for: that takes a search through the value.</summary>
        public int End => _end >= 0 ? _end : _end = EndOf(_json, Start);

        /// <summary>The value's first byte, which tells its kind.</summary>
        public readonly byte Kind => _json[Start];

        /// <summary>The value as it stands there.</summary>
        public ReadOnlySpan<byte> Value => _json[Start..End];

        /// <summary>What is in the value, when it is an object or an array.</summary>
        public readonly Items Inside() => new(_json, Start);

        /// <summary>Goes on behind the value without a search through it.</summary>
        /// <param name="inside">What was in it, gone through to its end.</param>
        public void Leave(in Items inside) => _end = inside._at;

        public bool MoveNext()
        {
            // At the bracket, or behind the value before.
            var at = SkipBlanks(_json, _at = End);
            if (at >= _json.Length || _json[at] is not ((byte)'{' or (byte)'[' or (byte)',')) return Close(at);
            at = SkipBlanks(_json, at + 1);
            if (at < _json.Length && _hasNames && _json[at] != '}')
            {
                if (_json[at] != '"') return Close(_json.Length);
                var end = EndOfString(_json, at);
                Name = _json[(at + 1)..Math.Max(at + 1, end - 1)];
                // The colon between blanks.
                at = SkipBlanks(_json, SkipBlanks(_json, end) + 1);
            }

            if (at >= _json.Length || _json[at] is (byte)']' or (byte)'}') return Close(at);
            (Start, _end) = (at, -1);
            return true;
        }

        // At the closing bracket.
        private bool Close(int at)
        {
            _at = _end = Math.Min(at + 1, _json.Length);
            return false;
        }
    }
}
