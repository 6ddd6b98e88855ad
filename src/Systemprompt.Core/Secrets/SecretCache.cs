using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Systemprompt.Database;

namespace Systemprompt.Secrets;

/// <summary>Every secret, opened, in memory: read before the process is ready, again when one changes, and polled besides.</summary>
internal sealed partial class SecretCache(SecretStore store, SecretVault vault, NotifyBus bus, SecretsSettings settings, ILogger<SecretCache> logger) : ISecrets, ISecretReader, IDisposable
{
    private volatile FrozenDictionary<string, string> _values = FrozenDictionary<string, string>.Empty;
    private IDisposable? _subscription;

    /// <summary>False in a command that has not read them.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Names of secrets that no key of this profile opens.</summary>
    public IReadOnlyList<string> Unreadable { get; private set; } = [];

    public int Count => _values.Count;

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        _subscription = bus.Subscribe(SecretStore.Channel, async (_, token) => await ReadAsync(token), settings.Poll);
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var (values, unreadable) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        foreach (var secret in await store.ReadAsync(cancellationToken))
            if (vault.Open(secret) is { } value) values[secret.Name] = value;
            else unreadable.Add(secret.Name);
        if (!unreadable.SequenceEqual(Unreadable) && unreadable.Count > 0) NotOpened(logger, string.Join(", ", unreadable));
        (_values, Unreadable, IsLoaded) = (values.ToFrozenDictionary(StringComparer.Ordinal), unreadable, true);
    }

    public void Dispose() => _subscription?.Dispose();

    [LoggerMessage(2501, LogLevel.Error, "Secrets that no key of this profile opens: {Names}. Set secrets.key_previous to the key they were sealed with, and run 'admin secrets rotate'")]
    private static partial void NotOpened(ILogger logger, string names);
}
