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
    // A file's id and its type are short, and stand beside each other.
    private const int Beside = 4096;

    private static ReadOnlySpan<byte> FileId => "\"file_id\""u8;

    private static ReadOnlySpan<byte> Type => "\"type\""u8;

    private static ReadOnlySpan<byte> EndOfUrl => "url\""u8;

    private static ReadOnlySpan<byte> EndOfPdf => "/pdf"u8;

    private static ReadOnlySpan<byte> Application => "application"u8;

    private static ReadOnlySpan<byte> DataUrl => "\"data:"u8;

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    /// <summary>True when a field has a value: it is neither null, false, nor an empty list.</summary>
    public static bool IsGiven(Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null or JsonTokenType.False => false,
        JsonTokenType.StartArray => reader.Read() && reader.TokenType != JsonTokenType.EndArray,
        _ => true,
    };

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
        DecodedJson.MayHoldWords(body) || HoldsPdf(body) || HoldsFile(body, protocol == ModelProtocol.Messages) || HoldsAddress(body, protocol == ModelProtocol.Messages);

    private static bool HoldsPdf(ReadOnlySpan<byte> body)
    {
        var from = 0;
        while (body[from..].IndexOf(EndOfPdf) is var ahead and >= 0)
        {
            var at = from + ahead;
            from = at + EndOfPdf.Length;
            if (IsPdf(body[..at], body[from..])) return true;
        }

        return false;
    }

    /// <summary>Whether this is what stands around <c>/pdf</c> in a content's media type, or where a string begins that holds the content as a data URL.</summary>
    private static bool IsPdf(ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind)
    {
        // A slash may have a backslash in front.
        if (before is [.. var rest, (byte)'\\']) before = rest;
        if (!before.EndsWith(Application)) return false;
        before = before[..^Application.Length];
        // A quote that begins a string has no backslash in front.
        if (before.EndsWith(DataUrl)) return before[..^DataUrl.Length] is not [.., (byte)'\\'];
        return behind is [(byte)'"', ..] && before is [.. var name, (byte)'"'] && IsNamed(name, "\"media_type\""u8);
    }

    private static bool HoldsFile(ReadOnlySpan<byte> body, bool isMessages)
    {
        var from = 0;
        while (body[from..].IndexOf(FileId) is var ahead and >= 0)
        {
            var at = from + ahead;
            from = at + FileId.Length;
            if (ValueBehind(body[from..]) is [(byte)'"', ..] && IsOfContent(body[..at], body[from..], isMessages)) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether the object that has a file's id is content: by its type, which may stand on either side of the id, or because it is the value of <c>file</c>, as in Chat
    /// Completions. Arguments of tools and citations have such ids too, and point at nothing.
    /// </summary>
    private static bool IsOfContent(ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind, bool isMessages)
    {
        var near = before[^Math.Min(before.Length, Beside)..];
        behind = behind[..Math.Min(behind.Length, Beside)];
        var (begin, end) = (near.LastIndexOfAny((byte)'{', (byte)'}'), behind.IndexOfAny((byte)'{', (byte)'}'));
        // Where the object begins is not to be seen, or the brace is one of a text's, as in a file's name: it may be content.
        if (begin < 0 || IsInText(near[(begin + 1)..])) return true;
        if (HasTypeOfContent(near[(begin + 1)..], isMessages) || HasTypeOfContent(end < 0 ? behind : behind[..end], isMessages)) return true;
        return !isMessages && near[begin] == (byte)'{' && IsNamed(before[..(before.Length - near.Length + begin)], "\"file\""u8);
    }

    /// <summary>Whether what follows a brace has an odd number of quotes before a member's name begins, so that the brace stands in a text.</summary>
    private static bool IsInText(ReadOnlySpan<byte> behindBrace)
    {
        var isOdd = false;
        for (var at = 0; at < behindBrace.Length; at++)
        {
            if (behindBrace[at] == (byte)'\\') at++;
            else if (behindBrace[at] == (byte)'"') isOdd = !isOdd;
        }

        return isOdd;
    }

    private static bool HasTypeOfContent(ReadOnlySpan<byte> members, bool isMessages)
    {
        for (var at = members.IndexOf(Type); at >= 0; at = members.IndexOf(Type))
        {
            members = members[(at + Type.Length)..];
            if (ValueBehind(members) is not [(byte)'"', .. var type]) continue;
            if (type.StartsWith("file\""u8) || (!isMessages && (type.StartsWith("input_"u8) || type.StartsWith("computer_screenshot\""u8)))) return true;
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
    private static bool IsType(ReadOnlySpan<byte> before) => before is [.. var rest, (byte)'"'] && IsNamed(rest, Type);

    /// <summary>Whether this is what stands in front of the value of a member.</summary>
    /// <param name="before">All that stands there.</param>
    /// <param name="name">The member's name, with its quotes.</param>
    private static bool IsNamed(ReadOnlySpan<byte> before, ReadOnlySpan<byte> name) =>
        before.TrimEnd(Blank) is [.. var front, (byte)':'] && front.TrimEnd(Blank).EndsWith(name);

    private static bool IsElsewhere(ReadOnlySpan<byte> value) => value is [(byte)'"', .. var text] && !text.StartsWith("data:"u8);

    /// <summary>What stands behind the colon, when the word in front was a name; else nothing.</summary>
    private static ReadOnlySpan<byte> ValueBehind(ReadOnlySpan<byte> rest) => rest.TrimStart(Blank) is [(byte)':', .. var value] ? value.TrimStart(Blank) : [];
}
