using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Security;

/// <summary>Keeps the set as the table is: read before the process is ready and polled after. While the database is away the last state stands.</summary>
internal sealed class RevocationFeed(RevocationSet set, RevocationStore store, BackgroundLoops loops, Profile profile, TimeProvider clock) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        set.Replace(await store.ReadAsync(cancellationToken));
        _ = loops.RunAsync("security.revocations", ReadAgainAsync, _stop.Token);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task ReadAgainAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(profile.Section<SecuritySettings>().RevocationPoll, clock, cancellationToken);
        set.Replace(await store.ReadAsync(cancellationToken));
    }
}
