using Microsoft.Extensions.Logging;
using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Live;

/// <summary>
/// Keeps the live profile as the table is: read before the process is ready, again when something is changed, and polled besides. While the database is
/// away the last state stands.
/// </summary>
internal sealed partial class LiveFeed(LiveProfile live, LiveStore store, NotifyBus bus, LiveSettings settings, ILogger<LiveFeed> logger) : ILiveReader, IDisposable
{
    private IDisposable? _subscription;
    private volatile string[] _faults = [];

    /// <summary>Keys of what is set live and not taken by this version.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        _subscription = bus.Subscribe(LiveStore.Channel, async (_, token) => await ReadAsync(token), settings.Poll);
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var faults = live.Replace([.. (await store.ReadAsync(cancellationToken)).Select(row => new LiveValue(row.Key, row.Value))]);
        foreach (var (value, fault) in faults)
            if (!_faults.Contains(value.Key)) NotTaken(logger, value.Key, fault);
        _faults = [.. faults.Select(fault => fault.Value.Key)];
    }

    public void Dispose() => _subscription?.Dispose();

    [LoggerMessage(3401, LogLevel.Error, "{Key} was set live to what this version does not take, and the profile counts: {Fault}")]
    private static partial void NotTaken(ILogger logger, string key, string fault);
}
