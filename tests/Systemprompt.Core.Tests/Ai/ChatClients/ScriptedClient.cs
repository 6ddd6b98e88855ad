using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Ai.ChatClients;

/// <summary>An extension whose chat client does what the test wants. A whole answer is what its stream adds up to.</summary>
[Extension("quay", Description = "A model of its own.")]
internal sealed class ScriptedClient : Extension, IChatClient
{
    public override IReadOnlyList<ChatClientRegistration> ChatClients => [new("quay", _ => this) { Description = "A model of its own." }];

    public ConcurrentQueue<(IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Asked { get; } = new();

    /// <summary>What it answers.</summary>
    public IReadOnlyList<ChatResponseUpdate> Updates { get; set; } = Text("The ferry ", "leaves at six ⛴");

    /// <summary>What happens before an update; the number of updates for after the last. Throws, waits, or goes on.</summary>
    public Func<int, CancellationToken, Task> Before { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Completes when a stream was let go.</summary>
    public TaskCompletionSource LetGo { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static IReadOnlyList<ChatResponseUpdate> Text(params string[] pieces) =>
    [
        .. pieces.Select(piece => new ChatResponseUpdate(ChatRole.Assistant, piece) { ResponseId = "resp-7", ModelId = "quay-1" }),
        Update(new UsageContent(new UsageDetails { InputTokenCount = 120, CachedInputTokenCount = 100, OutputTokenCount = 9, ReasoningTokenCount = 2 })),
        new ChatResponseUpdate { ResponseId = "resp-7", FinishReason = ChatFinishReason.Stop },
    ];

    public static ChatResponseUpdate Update(params IList<AIContent> contents) => new(ChatRole.Assistant, contents) { ResponseId = "resp-7" };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Asked.Enqueue(([.. messages], options!));
        try
        {
            for (var at = 0; at < Updates.Count; at++)
            {
                await Before(at, cancellationToken);
                yield return Updates[at];
            }

            await Before(Updates.Count, cancellationToken);
        }
        finally
        {
            LetGo.TrySetResult();
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
