using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>
/// Sums up the days that are over: those that it has missed, and the last two again, for what came late. A day is replaced as a whole, so running
/// twice does no harm. Older days stay as they are: their rows may be gone already.
/// </summary>
internal sealed partial class RollupJob(FactCatalogue catalogue, FactStore store, AnalyticsSettings settings, TimeProvider clock, ILogger<RollupJob> logger) : Job<NoArgs>
{
    public static readonly JobKind<NoArgs> Kind = new("analytics.rollup");

    private const int Again = 2;

    public override async Task RunAsync(NoArgs args, JobContext context, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var failed = new List<string>();
        var done = 0;
        foreach (var source in catalogue.All)
        {
            try
            {
                await RollAsync(source, today, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // One extension's broken statement must not cost the others their day.
                SourceFailed(logger, source.Name, exception);
                failed.Add($"{source.Name}: {Database.DatabaseErrors.Describe(exception)}");
            }

            context.Report(++done, catalogue.All.Count, source.Name);
        }

        await store.ForgetAsync(Oldest(today), today, cancellationToken);
        if (failed.Count > 0) throw new InvalidOperationException($"not summed up: {string.Join("; ", failed)}");
    }

    private async Task RollAsync(FactSource source, DateOnly today, CancellationToken cancellationToken)
    {
        // What would be forgotten in the end is not worth summing up.
        var first = Later(today.AddDays(-settings.CatchUpDays), Oldest(today));
        var rolled = await store.RolledAsync(source, first, cancellationToken);
        for (var day = first; day < today; day = day.AddDays(1))
            if (day >= today.AddDays(-Again) || !rolled.Contains(day)) await store.RollAsync(source, day, cancellationToken);
    }

    private DateOnly Oldest(DateOnly today) => today.AddDays(-(int)settings.KeepDaily.TotalDays);

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    [LoggerMessage(2804, LogLevel.Error, "Summing up {Source} failed")]
    private static partial void SourceFailed(ILogger logger, string source, Exception exception);
}
