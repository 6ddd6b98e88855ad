using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Systemprompt.Governance;

namespace Systemprompt.Ai;

/// <summary>
/// Finds the client's session. Claude Code sends it in <c>x-claude-code-session-id</c> and, in <c>metadata.user_id</c>, as JSON with
/// <c>session_id</c> (older ones: <c>user_…_session_ID</c>).
/// </summary>
internal static class SessionIds
{
    private const string Header = "x-claude-code-session-id";
    // Codex, and others after it.
    private static readonly string[] OtherHeaders = ["session_id", "session-id", "conversation_id", "x-session-id"];
    private const int Longest = 128;
    private const string Mark = "_session_";

    /// <summary>The session that the headers name, as it may stand in a row; null when they name none.</summary>
    public static string? FromHeaders(IHeaderDictionary headers)
    {
        if (Recorded(headers[Header].ToString()) is { } session) return session;
        foreach (var name in OtherHeaders)
            if (headers.TryGetValue(name, out var value) && Recorded(value.ToString()) is { } other) return other;
        return null;
    }

    /// <summary>Reads a <c>metadata</c> object, leaving the reader at its end.</summary>
    public static string? FromMetadata(ref Utf8JsonReader reader)
    {
        string? session = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUser = JsonText.Is(ref reader, "user_id"u8);
            reader.Read();
            if (isUser && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= 4096) session ??= FromUserId(JsonText.Of(ref reader));
            reader.Skip();
        }

        return session;
    }

    public static string? FromUserId(string userId) => userId.StartsWith('{') ? FromJson(userId) : AfterMark(userId);

    /// <summary>A session id as it may stand in a row: null when blank, without a credential, and cut only then, since half of one is not found.</summary>
    public static string? Recorded(string? session) => RecordedText.Of(session) switch
    {
        null or "" => null,
        { Length: > Longest } text => text[..Longest],
        var text => text,
    };

    private static string? AfterMark(string userId)
    {
        var at = userId.LastIndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? null : userId[(at + Mark.Length)..];
    }

    private static string? FromJson(string userId)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(userId));
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSession = JsonText.Is(ref reader, "session_id"u8);
                reader.Read();
                if (isSession) return JsonText.OrNull(ref reader);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Looks like JSON and is not: no session to find.
        }

        return null;
    }
}
