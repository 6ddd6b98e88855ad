using System.Text.Json;

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
        RequestField.Model, RequestField.Stream, RequestField.MaxTokens, RequestField.Metadata, RequestField.Messages, RequestField.System, RequestField.Tools);

    public static RequestFields Chat { get; } = new(
        RequestField.Model, RequestField.Stream, RequestField.MaxTokens, RequestField.MaxCompletionTokens, RequestField.Metadata, RequestField.Messages, RequestField.Tools,
        RequestField.StreamOptions, RequestField.PromptCacheKey);

    public static RequestFields Responses { get; } = new(
        RequestField.Model, RequestField.Stream, RequestField.MaxOutputTokens, RequestField.Metadata, RequestField.Input, RequestField.Instructions, RequestField.Tools,
        RequestField.PromptCacheKey);

    /// <summary>True where a stream says its usage only when it is asked to.</summary>
    public bool HasStreamOptions { get; }

    /// <summary>The field whose name the reader stands on.</summary>
    public RequestField Find(ref Utf8JsonReader reader)
    {
        foreach (var (field, name) in _fields)
            if (JsonText.Is(ref reader, name)) return field;
        return RequestField.None;
    }

    public static string Name(RequestField field) => JsonNamingPolicy.SnakeCaseLower.ConvertName(field.ToString());
}
