using System.Text.Json;
using Abstractions = Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>Puts a conversation into a chat client's words.</summary>
internal static class ClientMessages
{
    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = RequestHeadReader.MaxDepth };

    public static IReadOnlyList<Abstractions.ChatMessage> Of(ChatRequest request)
    {
        List<Abstractions.ChatMessage> messages = [];
        if (request.System.Count > 0) messages.Add(new(Abstractions.ChatRole.System, [.. request.System.Select(block => Content(block))]));
        foreach (var turn in request.Turns) Turn(turn, messages);
        return messages;
    }

    private static void Turn(ChatTurn turn, List<Abstractions.ChatMessage> messages)
    {
        // What tools answered stands in a message of its own and first, as it must follow the calls.
        if (turn.Blocks.Any(static block => block is ToolResultBlock))
            messages.Add(new(Abstractions.ChatRole.Tool, [.. turn.Blocks.OfType<ToolResultBlock>().Select(Result)]));
        List<Abstractions.AIContent> said = [.. turn.Blocks.Where(CanSay).Select(block => Content(block))];
        if (said.Count > 0) messages.Add(new(RoleOf(turn.Role), said));
    }

    private static Abstractions.ChatRole RoleOf(ChatRole role) => role switch
    {
        ChatRole.Assistant => Abstractions.ChatRole.Assistant,
        ChatRole.System => Abstractions.ChatRole.System,
        _ => Abstractions.ChatRole.User,
    };

    // Thinking goes back only to what showed it.
    private static bool CanSay(ChatBlock block) => block switch
    {
        TextBlock text => text.Text.Length > 0,
        ThinkingBlock thinking => Signatures.Own(thinking.Signature, Signatures.Client) is not null,
        RedactedThinkingBlock or ToolResultBlock => false,
        _ => true,
    };

    private static Abstractions.AIContent Content(ChatBlock block) => block switch
    {
        TextBlock text => new Abstractions.TextContent(text.Text),
        ImageBlock image => Media(image.MediaType, image.Data, image.Url, "image/*", null),
        DocumentBlock document => Media(document.MediaType, document.Data, document.Url, "application/pdf", document.Name),
        ThinkingBlock thinking => new Abstractions.TextReasoningContent(thinking.Text) { ProtectedData = ProofOf(thinking.Signature!) },
        ToolUseBlock call => new Abstractions.FunctionCallContent(call.Id, call.Name, Arguments(call.Input)),
        _ => throw new ConversionException($"{block.GetType().Name} cannot be given to a chat client"),
    };

    // Pieces of a proof each came with the mark; what stands behind the last is the proof.
    private static string? ProofOf(string signature) => signature[(signature.LastIndexOf(Signatures.Client, StringComparison.Ordinal) + Signatures.Client.Length)..] is { Length: > 0 } proof ? proof : null;

    private static Abstractions.AIContent Media(string? mediaType, string? data, string? url, string otherwise, string? name)
    {
        try
        {
            return data is not null
                ? new Abstractions.DataContent(Convert.FromBase64String(data), mediaType ?? otherwise) { Name = name }
                : new Abstractions.UriContent(new Uri(url!), mediaType ?? otherwise);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw new ConversionException(data is null ? "the address of an image or a document is no absolute address" : "the data of an image or a document is not base64, or its media type is none", exception);
        }
    }

    private static Abstractions.FunctionResultContent Result(ToolResultBlock result)
    {
        var failed = result.IsError;
        List<ChatBlock> content = [.. result.Content.Where(static block => block is TextBlock or ImageBlock or DocumentBlock)];
        // Clients look at the exception or at the result; either way the model learns of it.
        if (failed) content.Insert(0, new TextBlock("The tool failed:"));
        object value = content.Any(static block => block is not TextBlock)
            ? content.Select(block => Content(block)).ToList()
            : string.Join('\n', content.OfType<TextBlock>().Select(text => text.Text));
        return new(result.ToolUseId, value) { Exception = failed ? new InvalidOperationException("the tool failed") : null };
    }

    /// <summary>A tool's input; what is no object becomes one, as <see cref="ToolInput.WriteObject"/> has it.</summary>
    private static Dictionary<string, object?> Arguments(string input)
    {
        if (string.IsNullOrWhiteSpace(input)) return [];
        try
        {
            var parsed = JsonElement.Parse(input, Depth);
            if (parsed.ValueKind == JsonValueKind.Object)
            {
                var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
                foreach (var property in parsed.EnumerateObject()) arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
                return arguments;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half a surrogate pair: it goes as text.
        }

        return new() { ["_raw"] = input };
    }
}
