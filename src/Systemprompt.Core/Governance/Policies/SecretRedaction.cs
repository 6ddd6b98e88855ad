using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Systemprompt.Governance.Secrets;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Policies;

/// <summary>Takes credentials out of a JSON text: a string that holds one is written anew with <c>[redacted:RULE]</c> in its place, everything else stays byte for byte.</summary>
internal static class SecretRedaction
{
    // More in one string is no prompt, and no reason to go on searching.
    private const int MostInOne = 1000;

    /// <returns>The text without them and the rules that found them, or null where one stands in a property's name, which cannot be taken out.</returns>
    public static (ReadOnlyMemory<byte> Content, string Kinds)? Of(ReadOnlySpan<byte> json, SecretScanner scanner, int least)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 256);
        var kinds = new SortedSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        var copied = 0;
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || reader.ValueSpan.Length < least) continue;
            var text = DecodedJson.Text(ref reader);
            if (Without(text, scanner, kinds) is not { } clean) continue;
            if (reader.TokenType == JsonTokenType.PropertyName) return null;
            var start = (int)reader.TokenStartIndex;
            output.Write(json[copied..start]);
            output.Write("\""u8);
            output.Write(JavaScriptEncoderText(clean));
            output.Write("\""u8);
            copied = (int)reader.BytesConsumed;
        }

        output.Write(json[copied..]);
        return (output.WrittenMemory, string.Join(", ", kinds));
    }

    private static string? Without(string text, SecretScanner scanner, SortedSet<string> kinds)
    {
        StringBuilder? clean = null;
        var from = 0;
        for (var count = 0; from < text.Length; count++)
        {
            if (scanner.Find(text, from, out _) is not { } hit) break;
            if (count == MostInOne) return $"[redacted:{hit.Rule}]";
            kinds.Add(hit.Rule);
            clean ??= new StringBuilder(text.Length);
            clean.Append(text, from, Math.Max(0, hit.Start - from)).Append("[redacted:").Append(hit.Rule).Append(']');
            from = hit.Start + hit.Length;
        }

        return clean?.Append(text, from, text.Length - from).ToString();
    }

    private static ReadOnlySpan<byte> JavaScriptEncoderText(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
}
