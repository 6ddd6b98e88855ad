using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Database;

namespace Systemprompt.Files;

/// <summary>Whether new files can be kept. One look serves everybody who asks within some seconds, since health is public.</summary>
internal sealed class FilesHealthCheck(FileStorages storages, DatabaseServer database, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private volatile Look? _last;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // A storage may need the database; a command has it connected, though it never starts.
        if (!database.IsKnown) return HealthCheckResult.Healthy("not started yet");
        if (_last is not { } look || clock.GetElapsedTime(look.At) > Fresh) _last = look = new Look(clock.GetTimestamp(), await AskAsync(cancellationToken));
        return look.Fault is null ? HealthCheckResult.Healthy($"files are kept in {storages.Chosen}") : HealthCheckResult.Degraded($"{storages.Chosen}: {look.Fault}");
    }

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await storages.Current.CheckAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return "the storage could not be asked";
        }
    }

    private sealed record Look(long At, string? Fault);
}
