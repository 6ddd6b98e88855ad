using System.Text.Json;
using Systemprompt.Extensions;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>
/// Input of a call that its body does not hold, so that the body's length says nothing of it: what the provider keeps and the body names, what stands at an
/// address, and what tools find that the provider runs itself. Where in doubt, there is some.
/// </summary>
internal static class UnseenInput
{
    private static ReadOnlySpan<byte> FileId => "\"file_id\""u8;

    private static ReadOnlySpan<byte> EndOfUrl => "url\""u8;

    private static ReadOnlySpan<byte> EndOfPdf => "/pdf"u8;

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    /// <summary>True when a field has a value: it is neither null, false, nor an empty list.</summary>
    public static bool IsGiven(Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null or JsonTokenType.False => false,
        JsonTokenType.StartArray => reader.Read() && reader.TokenType != JsonTokenType.EndArray,
        _ => true,
    };

    /// <summary>Reads a tool to its end. True when the provider runs it: what it finds is input too, and the model is asked anew with all of it each time.</summary>
    /// <param name="reader">At the beginning of an object.</param>
    public static bool IsRunByProvider(ref Utf8JsonReader reader)
    {
        var remote = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = JsonText.Is(ref reader, "type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String && !IsRunByClient(ref reader)) remote = true;
            reader.Skip();
        }

        return remote;
    }

    /// <summary>Reads an item of a Responses input to its end. True when it only names one that the provider keeps, which needs no type.</summary>
    /// <param name="reader">At the beginning of an object.</param>
    public static bool IsReference(ref Utf8JsonReader reader)
    {
        var (names, holds) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var says = JsonText.Is(ref reader, "type"u8) || JsonText.Is(ref reader, "role"u8);
            reader.Read();
            if (says && reader.TokenType == JsonTokenType.String)
            {
                if (JsonText.Is(ref reader, "item_reference"u8)) names = true;
                else holds = true;
            }

            reader.Skip();
        }

        return names || !holds;
    }

    /// <summary>
    /// Whether blocks point at content elsewhere, a file by its id or anything by its address, or hold a PDF, of which every page is read as text and as a picture. By a few
    /// searches for words with their quotes: in texts, and in the arguments of OpenAI's tool calls, quotes are escaped.
    /// </summary>
    public static bool IsPointedAt(ReadOnlySpan<byte> body, ModelProtocol protocol) =>
        DecodedJson.MayHoldWords(body) || HoldsPdf(body) || HoldsFileId(body) || HoldsAddress(body, protocol == ModelProtocol.Messages);

    private static bool IsRunByClient(ref Utf8JsonReader reader)
    {
        if (JsonText.Is(ref reader, "custom"u8) || JsonText.Is(ref reader, "function"u8) || JsonText.Is(ref reader, "namespace"u8)) return true;
        if (JsonText.Is(ref reader, "local_shell"u8) || JsonText.Is(ref reader, "apply_patch"u8)) return true;
        var type = reader.ValueSpan;
        return type.StartsWith("bash_"u8) || type.StartsWith("text_editor_"u8) || type.StartsWith("memory_"u8) || type.StartsWith("computer"u8);
    }

    private static bool HoldsPdf(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf(EndOfPdf); at >= 0; at = body.IndexOf(EndOfPdf))
        {
            body = body[(at + EndOfPdf.Length)..];
            // The end of a media type, or the middle of a data URL.
            if (body.Length > 0 && body[0] is (byte)'"' or (byte)';') return true;
        }

        return false;
    }

    private static bool HoldsFileId(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf(FileId); at >= 0; at = body.IndexOf(FileId))
        {
            body = body[(at + FileId.Length)..];
            if (ValueBehind(body) is [(byte)'"', ..]) return true;
        }

        return false;
    }

    /// <summary>
    /// In Anthropic's protocol a source has the type <c>url</c>; addresses elsewhere are those of tool calls, which nobody follows. In OpenAI's protocols the address stands
    /// in a field that is called so (<c>url</c>, <c>image_url</c>, <c>file_url</c>), which may hold the content itself instead.
    /// </summary>
    private static bool HoldsAddress(ReadOnlySpan<byte> body, bool byType)
    {
        var from = 0;
        while (body[from..].IndexOf(EndOfUrl) is var ahead and >= 0)
        {
            var at = from + ahead;
            from = at + EndOfUrl.Length;
            if (byType ? IsType(body[..at]) : IsElsewhere(ValueBehind(body[from..]))) return true;
        }

        return false;
    }

    /// <summary>Whether this is what stands in front of <c>url"</c> when that is the whole of a type.</summary>
    private static bool IsType(ReadOnlySpan<byte> before) =>
        before is [.. var rest, (byte)'"'] && rest.TrimEnd(Blank) is [.. var name, (byte)':'] && name.TrimEnd(Blank).EndsWith("\"type\""u8);

    private static bool IsElsewhere(ReadOnlySpan<byte> value) => value is [(byte)'"', .. var text] && !text.StartsWith("data:"u8);

    /// <summary>What stands behind the colon, when the word in front was a name; else nothing.</summary>
    private static ReadOnlySpan<byte> ValueBehind(ReadOnlySpan<byte> rest) => rest.TrimStart(Blank) is [(byte)':', .. var value] ? value.TrimStart(Blank) : [];
}
