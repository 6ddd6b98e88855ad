using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>A way into the gateway: what its clients speak, and how they are told that something went wrong.</summary>
internal sealed class GatewayDoor
{
    /// <summary><c>POST /v1/messages</c>.</summary>
    public static GatewayDoor Messages { get; } = new()
    {
        Wire = Wire.Anthropic,
        Spoken = ModelProtocol.Messages,
        Protocol = new MessagesProtocol(),
        RequestIdHeader = "request-id",
        Errors = new AnthropicErrors(),
        Fields = RequestFields.Messages,
        Tap = static () => new MessageStreamReader(),
    };

    /// <summary><c>POST /v1/chat/completions</c>.</summary>
    public static GatewayDoor Chat { get; } = new()
    {
        Wire = Wire.OpenaiChat,
        Spoken = ModelProtocol.ChatCompletions,
        Protocol = new ChatCompletionsProtocol(),
        Errors = new OpenAiErrors(),
        Fields = RequestFields.Chat,
        Tap = static () => new ChatTap(),
    };

    /// <summary><c>POST /v1/responses</c>.</summary>
    public static GatewayDoor Responses { get; } = new()
    {
        Wire = Wire.OpenaiResponses,
        Spoken = ModelProtocol.Responses,
        Protocol = new ResponsesProtocol(),
        Errors = new ResponsesErrors(),
        Fields = RequestFields.Responses,
        Tap = static () => new ResponsesTap(),
    };

    /// <summary>The wire of the providers that speak as this door's clients do: to them bytes pass.</summary>
    public required Wire Wire { get; init; }

    /// <summary>What the clients speak, in an extension's word for it.</summary>
    public required ModelProtocol Spoken { get; init; }

    /// <summary>What the clients speak.</summary>
    public required IClientProtocol Protocol { get; init; }

    /// <summary>The answer's header by which the clients name a call to their support.</summary>
    public string RequestIdHeader { get; private init; } = "x-request-id";

    public required GatewayErrors Errors { get; init; }

    /// <summary>What is read of a request.</summary>
    public required RequestFields Fields { get; init; }

    /// <summary>What reads a copy of an answer that passes.</summary>
    public required Func<IAnswerTap> Tap { get; init; }
}
