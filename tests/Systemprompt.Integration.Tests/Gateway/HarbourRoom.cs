using Microsoft.Extensions.AI;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Gateway;

/// <summary>An extension of a customer that brings a model of its own and chooses who is asked.</summary>
[Extension("harbour_room", Description = "A model and a selector.")]
internal sealed class HarbourRoom : Extension, IRouteSelector
{
    public override IReadOnlyList<ChatClientRegistration> ChatClients => [new("harbour", static _ => new Harbour()) { Description = "Says who asked for what." }];

    public override IReadOnlyList<RouteSelectorRegistration> RouteSelectors => [new("harbour-master", _ => this) { Description = "Sends captains elsewhere." }];

    public ValueTask<RouteSelection> SelectAsync(RouteContext context, CancellationToken cancellationToken) =>
        new(context.Principal.Subject == "captain" ? RouteSelection.Of(context.Targets.Single(target => target.Provider == "own"), "a captain") : RouteSelection.Unchanged);

    private sealed class Harbour : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var word in $"{options!.ModelId} heard {messages.Last().Text}".Split(' ')) yield return new ChatResponseUpdate(ChatRole.Assistant, word + " ") { ResponseId = "harbour-1" };
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 30, OutputTokenCount = 4 })]) { FinishReason = ChatFinishReason.Stop };
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}

/// <summary>Brings another of the same name.</summary>
[Extension("rival_room")]
internal sealed class RivalRoom : Extension
{
    public override IReadOnlyList<RouteSelectorRegistration> RouteSelectors => [new("harbour-master", static _ => throw new InvalidOperationException("never made"))];
}
