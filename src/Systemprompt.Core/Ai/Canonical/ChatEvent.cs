namespace Systemprompt.Ai;

/// <summary>
/// A step of a streamed answer. The order: one <see cref="AnswerBegins"/>; blocks, each from <see cref="BlockBegins"/> over deltas to
/// <see cref="BlockEnds"/>, where blocks of several tool calls may interleave; one <see cref="AnswerEnds"/> or <see cref="AnswerFails"/>.
/// </summary>
internal abstract record ChatEvent;

/// <param name="Id">The provider's id; null when it gives none.</param>
/// <param name="Model">The provider's name of it; empty when it gives none.</param>
/// <param name="Usage">What is known of it so far; null when the provider says it at the end.</param>
internal sealed record AnswerBegins(string? Id, string Model, TokenUsage? Usage) : ChatEvent;

/// <param name="Index">Counted from 0 in the order of beginning.</param>
/// <param name="Block">What it is, empty: of a tool's call its id and name, of redacted thinking all of it.</param>
internal sealed record BlockBegins(int Index, ChatBlock Block) : ChatEvent;

internal sealed record TextDelta(int Index, string Text) : ChatEvent;

/// <summary>A part of a tool's input, as text.</summary>
internal sealed record InputDelta(int Index, string Json) : ChatEvent;

internal sealed record ThinkingDelta(int Index, string Text) : ChatEvent;

internal sealed record SignatureDelta(int Index, string Signature) : ChatEvent;

internal sealed record BlockEnds(int Index) : ChatEvent;

internal sealed record AnswerEnds(ChatEnd End) : ChatEvent;

/// <param name="Type">The provider's word for it.</param>
/// <param name="Message">The provider's words.</param>
internal sealed record AnswerFails(string Type, string Message) : ChatEvent;
