using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>The corpus of a provider that is a chat client of an extension, whose words are objects: here as the JSON that Microsoft.Extensions.AI makes of them.</summary>
internal static class ChatClientWords
{
    public const string Name = "client";

    private static readonly JsonSerializerOptions Json = AIJsonUtilities.DefaultOptions;

    /// <summary>What the client is given. Tools stand apart, since their JSON leaves them out, as it does the exception that says that a tool failed.</summary>
    public static string Request(ChatRequest request, CacheMarks marks)
    {
        ChatWords.CheckCache(request, marks, canKeep: false);
        var asked = ClientRequest.Of(request);
        var tools = asked.Options.Tools?.Cast<AIFunctionDeclaration>().Select(static tool => new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["schema"] = JsonNode.Parse(tool.JsonSchema.GetRawText()),
            ["strict"] = JsonSerializer.SerializeToNode(tool.AdditionalProperties.GetValueOrDefault("strict"), Json),
        });
        return new JsonObject
        {
            ["messages"] = JsonSerializer.SerializeToNode(asked.Messages, Json),
            ["options"] = JsonSerializer.SerializeToNode(asked.Options, Json),
            ["tools"] = tools is null ? null : new JsonArray([.. tools]),
            ["failed"] = new JsonArray([.. asked.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Where(result => result.Exception is not null).Select(result => (JsonNode)result.CallId)]),
        }.ToJsonString(Json);
    }

    public static ChatAnswer Answer(string input) => ClientSteps.Whole(JsonSerializer.Deserialize<ChatResponse>(input, Json)!);

    /// <summary>A stream: an update a line. A line <c>cut</c> is where the client throws.</summary>
    public static void Read(string input, ICollection<ChatEvent> steps, bool byCharacter = false)
    {
        var reader = new ClientSteps();
        foreach (var line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line == "cut") return;
            var update = JsonSerializer.Deserialize<ChatResponseUpdate>(line, Json)!;
            foreach (var piece in byCharacter && update.Contents is [TextContent or TextReasoningContent { ProtectedData: null }] ? Characters(update) : [update]) reader.Read(piece, steps);
        }

        reader.End(steps);
    }

    // A character of .NET is half an emoji.
    private static IEnumerable<ChatResponseUpdate> Characters(ChatResponseUpdate update)
    {
        var (text, isThinking) = update.Contents[0] is TextContent said ? (said.Text, false) : (((TextReasoningContent)update.Contents[0]).Text, true);
        foreach (var character in text)
        {
            var piece = update.Clone();
            piece.Contents = [isThinking ? new TextReasoningContent(character.ToString()) : new TextContent(character.ToString())];
            yield return piece;
        }
    }
}
