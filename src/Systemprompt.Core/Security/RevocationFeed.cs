using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>
/// Keeps the set as the table is: read before the process is ready, again at every notification and whenever listening begins anew, and
/// by a poll besides, since a notification is only a hint. While the database is away the last state stands.
/// </summary>
internal sealed class RevocationFeed(RevocationSet set, RevocationStore store, NotifyBus bus, Profile profile) : IDisposable
{
    private IDisposable? _subscription;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        set.Replace(await store.ReadAsync(cancellationToken));
        _subscription = bus.Subscribe(
            RevocationStore.Channel,
            async (_, token) => set.Replace(await store.ReadAsync(token)),
            profile.Section<SecuritySettings>().RevocationPoll);
    }

    public void Dispose() => _subscription?.Dispose();
}
