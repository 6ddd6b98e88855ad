using Systemprompt.Database;

namespace Systemprompt.Users;

/// <summary>
/// Keeps what decides who gets in as the tables are: read before the process is ready, again when somebody changes something or listening was
/// broken, and polled besides. While the database is away the last state stands.
/// </summary>
internal sealed class AccessFeed(AccessControl control, AccessStore store, NotifyBus bus, UsersSettings settings) : IMembershipReader, IDisposable
{
    private IDisposable? _subscription;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        _subscription = bus.Subscribe(AccessStore.Channel, (_, token) => ReadAsync(token), settings.Poll);
    }

    async Task<IMemberships> IMembershipReader.ReadAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        return control;
    }

    public void Dispose() => _subscription?.Dispose();

    private async ValueTask ReadAsync(CancellationToken cancellationToken) => control.Replace(await store.ReadAsync(cancellationToken));
}
