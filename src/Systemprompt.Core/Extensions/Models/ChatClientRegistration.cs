using Microsoft.Extensions.AI;

namespace Systemprompt.Extensions;

/// <summary>
/// A model that an extension brings as an <see cref="IChatClient"/>. A provider of the profile refers to it (<c>wire: chat_client</c>, <c>client: NAME</c>);
/// its calls are judged, recorded, priced, bounded and cut short like those of any other provider.
/// </summary>
/// <param name="Name">Its name in the profile: lower-case letters, digits, '_', '-' and '.', at most 100. No two in a binary may share one.</param>
/// <param name="Create">
/// Makes the client, once, when the server starts; it is disposed when the server stops. Every member of it is called by many at once. It should end when its
/// token is cancelled; one that does not is left behind. An exception of its own reaches no caller: they are told that the provider failed, and the log has it.
/// </param>
public sealed record ChatClientRegistration(string Name, Func<IServiceProvider, IChatClient> Create)
{
    /// <summary>One sentence for listings.</summary>
    public string Description { get; init; } = "";
}
