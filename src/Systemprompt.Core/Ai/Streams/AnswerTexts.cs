using System.Buffers;
using System.Text;
using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>
/// Finds the texts in an answer's JSON, of whichever of the three protocols. What stands in or below a <c>delta</c> is a piece of a text, told from
/// others by its name and by the <c>index</c>, <c>output_index</c> and <c>content_index</c> that stand beside and above it; every other string is whole.
/// </summary>
internal static class AnswerTexts
{
    // Deeper than any delta of the three protocols. What lies deeper is read as whole.
    private const int Deepest = 16;
    private const int MostPieces = 32;

    private struct Frame
    {
        public int Parent;
        public int Numbers;
        public bool InDelta;
    }

    private struct Found
    {
        public int Start;
        public int Frame;
        public int Name;
    }

    public static GatewayFault? Read(ReadOnlySpan<byte> json, AnswerScan scan)
    {
        try
        {
            return Walk(json, scan);
        }
        catch (JsonException)
        {
            // What a client makes of it cannot be known, so all of it is read.
            return scan.Text(Encoding.UTF8.GetString(json));
        }
    }

    private static GatewayFault? Walk(ReadOnlySpan<byte> json, AnswerScan scan)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RequestHeadReader.MaxDepth });
        Span<Frame> frames = stackalloc Frame[MostPieces * 2];
        Span<Found> pieces = stackalloc Found[MostPieces];
        Span<int> stack = stackalloc int[Deepest];
        var (frameCount, pieceCount, depth, name) = (0, 0, 0, 0);
        var (isPart, isDelta, isNumber) = (false, false, false);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (depth < Deepest && frameCount < frames.Length)
                    {
                        var parent = depth == 0 ? -1 : stack[depth - 1];
                        frames[frameCount] = new Frame { Parent = parent, InDelta = isDelta || (parent >= 0 && frames[parent].InDelta) };
                        stack[depth] = frameCount++;
                    }
                    else if (depth < Deepest)
                    {
                        stack[depth] = frames.Length - 1;
                    }

                    depth++;
                    isDelta = false;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    isDelta = false;
                    break;
                case JsonTokenType.PropertyName:
                    name = NameOf(reader.ValueSpan);
                    isDelta = DecodedJson.Is(reader.ValueSpan, "delta"u8);
                    isNumber = DecodedJson.Is(reader.ValueSpan, "index"u8) || DecodedJson.Is(reader.ValueSpan, "output_index"u8) || DecodedJson.Is(reader.ValueSpan, "content_index"u8);
                    isPart = !IsMark(ref reader);
                    break;
                case JsonTokenType.Number when isNumber && depth is > 0 and <= Deepest && reader.TryGetInt32(out var number):
                    ref var around = ref frames[stack[depth - 1]];
                    around.Numbers = unchecked((around.Numbers * 31) + name + number);
                    break;
                case JsonTokenType.String:
                    var piece = depth is > 0 and <= Deepest && (isDelta || frames[stack[depth - 1]].InDelta);
                    if (piece && !isPart) break;
                    if (piece && pieceCount < MostPieces) pieces[pieceCount++] = new Found { Start = (int)reader.TokenStartIndex, Frame = stack[depth - 1], Name = name };
                    else if (Decoded(ref reader, scan, block: null) is { } fault) return fault;
                    break;
                default:
                    break;
            }
        }

        foreach (ref var found in pieces[..pieceCount])
        {
            var block = found.Name;
            for (var frame = found.Frame; frame >= 0; frame = frames[frame].Parent) block = unchecked((block * 31) + frames[frame].Numbers);
            var text = new Utf8JsonReader(json[found.Start..], isFinalBlock: false, default);
            text.Read();
            if (Decoded(ref text, scan, block) is { } fault) return fault;
        }

        return null;
    }

    // What only says what a piece is, or is no text at all.
    private static bool IsMark(ref Utf8JsonReader name) =>
        DecodedJson.Is(name.ValueSpan, "type"u8) || DecodedJson.Is(name.ValueSpan, "role"u8) || DecodedJson.Is(name.ValueSpan, "id"u8) || DecodedJson.Is(name.ValueSpan, "signature"u8) || DecodedJson.Is(name.ValueSpan, "encrypted_content"u8)
        || DecodedJson.Is(name.ValueSpan, "stop_reason"u8);

    private static int NameOf(ReadOnlySpan<byte> name)
    {
        var hash = 17;
        foreach (var character in name) hash = unchecked((hash * 31) + character);
        return hash;
    }

    private static GatewayFault? Decoded(ref Utf8JsonReader reader, AnswerScan scan, int? block)
    {
        var length = reader.ValueSpan.Length;
        char[]? rented = null;
        var buffer = length <= 512 ? stackalloc char[512] : rented = ArrayPool<char>.Shared.Rent(length);
        try
        {
            ReadOnlySpan<char> text = buffer[..DecodedJson.CopyTo(ref reader, buffer)];
            return block is { } piece ? scan.Piece(piece, text) : scan.Text(text);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }
}
