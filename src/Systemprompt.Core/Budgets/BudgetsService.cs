using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Hosting;

namespace Systemprompt.Budgets;

/// <summary>Starts and ends what keeps this process's part of the budgets.</summary>
internal sealed partial class BudgetsService(
    SliceKeeper keeper, BudgetCatalogue catalogue, SliceRecall recall, SliceReclaim reclaim, BackgroundLoops loops, TimeProvider clock, ILogger<BudgetsService> logger) : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        BudgetMetrics.Publish();
        await keeper.StartAsync(cancellationToken);
        await catalogue.StartAsync(cancellationToken);
        recall.Start();
        _running = Task.WhenAll(Loop("slices", keeper.TurnAsync), Loop("reclaim", reclaim.TurnAsync));
    }

    /// <summary>Reports and gives back everything.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await PauseAsync();
        using var patience = new CancellationTokenSource(LastWords, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await keeper.EndAsync(either.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            NotGivenBack(logger, exception);
        }
    }

    /// <summary>Stops without a word, as a process that is killed does.</summary>
    internal async Task PauseAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        recall.Dispose();
        catalogue.Dispose();
    }

    public void Dispose() => _stop.Dispose();

    private Task Loop(string name, Func<CancellationToken, Task> turn) => Task.Run(() => loops.RunAsync($"budgets.{name}", turn, _stop.Token));

    [LoggerMessage(3305, LogLevel.Warning, "What this process held of budgets could not be given back; another settles it by the audit trail")]
    private static partial void NotGivenBack(ILogger logger, Exception exception);
}
