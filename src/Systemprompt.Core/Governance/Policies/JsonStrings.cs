using System.Buffers;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Policies;

/// <summary>Walks every string of a well-formed JSON text, decoded, without keeping any.</summary>
internal static class JsonStrings
{
    /// <summary>Judges one decoded string. True ends the walk.</summary>
    /// <typeparam name="TState">What the visitor works on.</typeparam>
    public delegate bool Visitor<TState>(ReadOnlySpan<char> text, ref TState state);

    /// <summary>Calls <paramref name="visit"/> for every string value and property name of at least <paramref name="least"/> bytes.</summary>
    /// <returns>The byte position of the string where the visitor said stop, or -1.</returns>
    public static long Walk<TState>(ReadOnlySpan<byte> json, int least, ref TState state, Visitor<TState> visit)
    {
        char[]? rented = null;
        Span<char> buffer = stackalloc char[512];
        try
        {
            var at = 0;
            while ((at = ValidJson.NextString(json, at)) >= 0)
            {
                var (start, end) = (at, ValidJson.EndOfString(json, at));
                at = end;
                var length = end - start - 2;
                if (length < least) continue;
                if (length > buffer.Length)
                {
                    if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
                    buffer = rented = ArrayPool<char>.Shared.Rent(length);
                }

                if (visit(buffer[..DecodedJson.CopyTo(json.Slice(start + 1, length), buffer)], ref state)) return start;
            }

            return -1;
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }
}
