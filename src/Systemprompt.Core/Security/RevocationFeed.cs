using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>
/// Keeps the set as the table is: read before the process is ready, again when another process revokes something or listening was broken, and
/// polled besides. While the database is away the last state stands.
/// </summary>
internal sealed class RevocationFeed(RevocationSet set, RevocationStore store, NotifyBus bus, Profile profile) : IDisposable
{
    private IDisposable? _subscription;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        // What is revoked between the two is not missed: it is read again as soon as listening has begun.
        _subscription = bus.Subscribe(RevocationStore.Channel, (_, token) => ReadAsync(token), profile.Section<SecuritySettings>().RevocationPoll);
    }

    public void Dispose() => _subscription?.Dispose();

    private async ValueTask ReadAsync(CancellationToken cancellationToken) => set.Replace(await store.ReadAsync(cancellationToken));
}
