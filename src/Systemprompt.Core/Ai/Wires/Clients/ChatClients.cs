using Microsoft.Extensions.AI;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>The chat clients that enabled extensions bring, each made once.</summary>
internal sealed class ChatClients : IDisposable
{
    private readonly Dictionary<string, Lazy<IChatClient>> _clients;

    /// <exception cref="ExtensionException">A name is not well-formed, or stands twice.</exception>
    public ChatClients(ExtensionRegistry extensions, IServiceProvider services) =>
        _clients = ExtensionNames.Collect(extensions, "chat client", static extension => extension.ChatClients, static client => client.Name)
            .ToDictionary(entry => entry.Key, entry => new Lazy<IChatClient>(() => entry.Value.Create(services)), StringComparer.Ordinal);

    /// <summary>The client of a provider.</summary>
    public IChatClient For(Provider provider) => _clients[provider.Settings.Client!].Value;

    /// <summary>Makes the clients of the profile, so that one that cannot be had is told before anybody calls.</summary>
    /// <exception cref="ExtensionException">An extension that is disabled brings it, or it cannot be made.</exception>
    public void Prepare(Profile profile, ProviderCatalog catalog)
    {
        foreach (var provider in catalog.All.Where(provider => provider.Settings is { Wire: Wire.ChatClient, Enabled: true }))
        {
            var (place, name) = ($"{profile.Source}: ai.providers.{provider.Name}.client", provider.Settings.Client!);
            if (!_clients.TryGetValue(name, out var client))
                throw new ExtensionException($"{place}: the chat client '{name}' is brought by an extension that is disabled; enable it, or say ai.providers.{provider.Name}.enabled: false");
            try
            {
                _ = client.Value;
            }
            catch (Exception exception)
            {
                throw new ExtensionException($"{place}: the chat client '{name}' cannot be made: {exception.Message}");
            }
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            if (client.IsValueCreated) client.Value.Dispose();
    }
}
