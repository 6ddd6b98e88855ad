using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>A top-level field of a request that must not stand twice, because the provider might read another one than the policies did.</summary>
[Flags]
internal enum RequestField
{
    None = 0,
    Model = 1,
    Stream = 1 << 1,
    MaxTokens = 1 << 2,
    MaxCompletionTokens = 1 << 3,
    MaxOutputTokens = 1 << 4,
    Metadata = 1 << 5,
    Messages = 1 << 6,
    System = 1 << 7,
    Tools = 1 << 8,
    Input = 1 << 9,
    Instructions = 1 << 10,
    StreamOptions = 1 << 11,
    PromptCacheKey = 1 << 12,
    N = 1 << 13,
    Container = 1 << 14,
    McpServers = 1 << 15,
    WebSearchOptions = 1 << 16,
    PreviousResponseId = 1 << 17,
    Conversation = 1 << 18,
    Prompt = 1 << 19,
}

/// <summary>The fields that are looked at in one protocol's requests.</summary>
internal sealed class RequestFields
{
    private readonly (RequestField Field, byte[] Name)[] _fields;

    private RequestFields(params RequestField[] fields)
    {
        _fields = [.. fields.Select(each => (each, System.Text.Encoding.UTF8.GetBytes(Name(each))))];
        HasStreamOptions = fields.Contains(RequestField.StreamOptions);
    }

    public static RequestFields Messages { get; } = new(
        RequestField.Model, RequestField.Stream, RequestField.MaxTokens, RequestField.Metadata, RequestField.Messages, RequestField.System, RequestField.Tools,
        RequestField.Container, RequestField.McpServers);

    public static RequestFields Chat { get; } = new(
        RequestField.Model, RequestField.Stream, RequestField.MaxTokens, RequestField.MaxCompletionTokens, RequestField.Metadata, RequestField.Messages, RequestField.Tools,
        RequestField.StreamOptions, RequestField.PromptCacheKey, RequestField.N, RequestField.WebSearchOptions);

    public static RequestFields Responses { get; } = new(
        RequestField.Model, RequestField.Stream, RequestField.MaxOutputTokens, RequestField.Metadata, RequestField.Input, RequestField.Instructions, RequestField.Tools,
        RequestField.PromptCacheKey, RequestField.PreviousResponseId, RequestField.Conversation, RequestField.Prompt);

    /// <summary>True where a stream says its usage only when it is asked to.</summary>
    public bool HasStreamOptions { get; }

    /// <summary>The field whose name the reader stands on.</summary>
    public RequestField Find(ref Utf8JsonReader reader)
    {
        foreach (var (field, name) in _fields)
            if (JsonText.Is(ref reader, name)) return field;
        return RequestField.None;
    }

    /// <summary>The field that a provider which does not tell cases apart (as Go's encoding/json and ASP.NET do not) would take the name at the reader for.</summary>
    public RequestField Resembled(ref Utf8JsonReader reader)
    {
        // None of the names is longer, and no escape takes more.
        if (reader.ValueSpan.Length > 6 * 32) return RequestField.None;
        Span<char> buffer = stackalloc char[6 * 32];
        ReadOnlySpan<char> name = buffer[..DecodedJson.CopyTo(ref reader, buffer)];
        foreach (var (field, known) in _fields)
            if (Resembles(name, known)) return field;
        return RequestField.None;
    }

    private static bool Resembles(ReadOnlySpan<char> name, ReadOnlySpan<byte> known)
    {
        if (name.Length != known.Length) return false;
        for (var at = 0; at < known.Length; at++)
            if (Fold(name[at]) != known[at]) return false;
        return true;
    }

    // The long s and the sign of the kelvin are letters of ASCII in another case, to Unicode.
    private static char Fold(char letter) => letter switch { '\u017F' => 's', '\u212A' => 'k', _ => char.ToLowerInvariant(letter) };

    public static string Name(RequestField field) => JsonNamingPolicy.SnakeCaseLower.ConvertName(field.ToString());
}
