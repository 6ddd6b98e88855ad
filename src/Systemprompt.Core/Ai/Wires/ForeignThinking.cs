using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>
/// Finds thinking in a Messages request that another kind of provider signed (<see cref="Signatures"/>): a conversation that went to one of them and now
/// goes to Anthropic, which refuses a signature that is not its own. Such blocks are taken out, and nothing else is touched.
/// </summary>
internal static class ForeignThinking
{
    // A turn needs something in it.
    private const string Instead = """{"type":"text","text":"(thinking of another model)"}""";

    /// <summary>The changes to the body, in order; empty for nearly every body, which a vectorised search tells.</summary>
    public static IReadOnlyList<Splice> In(ReadOnlySpan<byte> body)
    {
        if (!Signatures.MayStandIn(body)) return [];
        var changes = new List<Splice>();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RequestHeadReader.MaxDepth });
        // messages, then a message, then its content.
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
            var isMessages = JsonText.Is(ref reader, "messages"u8);
            reader.Read();
            if (isMessages && reader.TokenType == JsonTokenType.StartArray) Messages(ref reader, changes);
            else reader.Skip();
        }

        return changes;
    }

    private static void Messages(ref Utf8JsonReader reader, List<Splice> changes)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isContent = JsonText.Is(ref reader, "content"u8);
                reader.Read();
                if (isContent && reader.TokenType == JsonTokenType.StartArray) Content(ref reader, changes);
                else reader.Skip();
            }
        }
    }

    private static void Content(ref Utf8JsonReader reader, List<Splice> changes)
    {
        var blocks = new List<(int Start, int End, bool Foreign)>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            var foreign = reader.TokenType == JsonTokenType.StartObject && IsForeign(reader);
            reader.Skip();
            blocks.Add((start, (int)reader.BytesConsumed, foreign));
        }

        Remove(blocks, changes);
    }

    // With a block goes the comma to its neighbour: the one behind it, or of the last ones the one before.
    private static void Remove(List<(int Start, int End, bool Foreign)> blocks, List<Splice> changes)
    {
        var last = blocks.FindLastIndex(block => !block.Foreign);
        if (last < 0)
        {
            if (blocks.Count > 0) changes.Add(new Splice(blocks[0].Start, blocks[^1].End - blocks[0].Start, Instead));
            return;
        }

        for (var i = 0; i < last; i++)
            if (blocks[i].Foreign) changes.Add(new Splice(blocks[i].Start, blocks[i + 1].Start - blocks[i].Start, ""));
        if (last < blocks.Count - 1) changes.Add(new Splice(blocks[last].End, blocks[^1].End - blocks[last].End, ""));
    }

    /// <summary>Looks into a block with a copy of the reader.</summary>
    private static bool IsForeign(Utf8JsonReader reader)
    {
        var (thinking, redacted, signed, data) = (false, false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = JsonText.Is(ref reader, "type"u8);
            var isSignature = JsonText.Is(ref reader, "signature"u8);
            var isData = JsonText.Is(ref reader, "data"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                if (isType) (thinking, redacted) = (JsonText.Is(ref reader, "thinking"u8), JsonText.Is(ref reader, "redacted_thinking"u8));
                else if (isSignature) signed = Signatures.IsForeign(reader.ValueSpan);
                else if (isData) data = Signatures.IsForeign(reader.ValueSpan);
            }

            reader.Skip();
        }

        return (thinking && signed) || (redacted && data);
    }
}
