using System.Text;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>What the echo model answers: a text, or a call of a tool.</summary>
internal sealed record EchoReply
{
    private const string Command = "/tool ";
    private const int LongestResult = 2000;
    private const int MostPieces = 8;
    private const int SmallestPiece = 8;

    public string Text { get; private init; } = "";

    /// <summary>The tool to call; null for a text.</summary>
    public string? Tool { get; private init; }

    /// <summary>The tool's input, a JSON object.</summary>
    public string Input { get; private init; } = "{}";

    public required string StopReason { get; init; }

    public required TokenUsage Usage { get; init; }

    /// <summary>
    /// Answers: what a tool said, so that a client that ran one gets on; else the tool that a line <c>/tool NAME {json}</c> asks for; else the
    /// user's own words. Counts a token for every four characters begun, and never less than one.
    /// </summary>
    public static EchoReply To(EchoRequest request, long? maxTokens)
    {
        var input = Tokens(request.Characters);
        if (request.ToolResult is { } result)
            return OfText($"{(request.ToolFailed ? "The tool failed" : "The tool said")}: {Shorten(result)}", input, maxTokens);
        if (TryTool(request.Text, out var tool, out var json))
            return new EchoReply { Tool = tool, Input = json, StopReason = "tool_use", Usage = new TokenUsage { Input = input, Output = Tokens(tool.Length + json.Length) } };
        return OfText(request.Text.Length == 0 ? "(no user text to echo)" : request.Text, input, maxTokens);
    }

    /// <summary>The pieces that a stream gives it in.</summary>
    public IEnumerable<ReadOnlyMemory<char>> Pieces()
    {
        var content = Tool is null ? Text : Input;
        var size = Math.Max(SmallestPiece, (content.Length + MostPieces - 1) / MostPieces);
        for (var at = 0; at < content.Length;)
        {
            var end = Math.Min(content.Length, at + size);
            // No piece may end between the halves of a character.
            if (end < content.Length && char.IsHighSurrogate(content[end - 1])) end++;
            yield return content.AsMemory(at, end - at);
            at = end;
        }
    }

    /// <summary>Notes on the call what it comes to.</summary>
    public void Note(ModelCall call)
    {
        call.ReachedProvider = true;
        call.Usage = Usage;
        call.UsageKnown = true;
        call.StopReason = StopReason;
        call.SeeFirstByte();
        call.Context.Response.Headers[call.Door.RequestIdHeader] = call.IdText;
    }

    private static EchoReply OfText(string text, long input, long? maxTokens)
    {
        var output = Tokens(text.Length);
        if (maxTokens is not > 0 || output <= maxTokens) return new EchoReply { Text = text, StopReason = "end_turn", Usage = new TokenUsage { Input = input, Output = output } };
        return new EchoReply { Text = text[..Cut(text, (int)maxTokens * 4)], StopReason = "max_tokens", Usage = new TokenUsage { Input = input, Output = maxTokens.Value } };
    }

    private static bool TryTool(string text, out string tool, out string json)
    {
        (tool, json) = ("", "{}");
        var at = text.StartsWith(Command, StringComparison.Ordinal) ? 0 : text.IndexOf('\n' + Command, StringComparison.Ordinal) + 1;
        if (at == 0 && !text.StartsWith(Command, StringComparison.Ordinal)) return false;
        var rest = text.AsSpan(at + Command.Length).Trim();
        var end = rest.IndexOfAny(" \t\r\n{");
        tool = (end < 0 ? rest : rest[..end]).ToString();
        if (end >= 0) json = rest[end..].Trim().ToString();
        return tool.Length is > 0 and <= 128 && IsObject(json);
    }

    private static bool IsObject(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long Tokens(long characters) => Math.Max(1, (characters + 3) / 4);

    private static string Shorten(string text) => text.Length <= LongestResult ? text : text[..Cut(text, LongestResult)] + "…";

    // No cut between the halves of a character.
    private static int Cut(string text, int at) => char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;
}
