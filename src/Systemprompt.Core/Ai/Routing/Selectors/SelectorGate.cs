using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>
/// One route selector, and how it is asked: within its time, whatever it does. One that fails again and again, or has many asks hanging, is left alone for a
/// while, so that it costs no call its patience.
/// </summary>
internal sealed partial class SelectorGate(RouteSelectorRegistration registration, IServiceProvider services, TimeProvider clock, ILogger logger)
{
    private const int MostFailures = 10;
    private const int MostRunning = 256;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(10);

    private readonly Lazy<IRouteSelector> _selector = new(() => registration.Create(services));
    private int _failures;
    private int _running;
    private long _aloneFrom;

    public string Name => registration.Name;

    public bool ReadsBody => registration.ReadsBody;

    public bool IsInTrouble => Volatile.Read(ref _failures) > 0;

    public void Prepare() => _ = _selector.Value;

    /// <exception cref="OperationCanceledException">The caller, or the host, ended the call.</exception>
    public async ValueTask<SelectorAnswer> AskAsync(RouteContext context, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (IsLeftAlone() || Volatile.Read(ref _running) >= MostRunning) return new("left_alone", null, null);
        var stop = new ForeignStop(cancellationToken);
        try
        {
            // On a thread of its own: one that blocks where it should wait holds up no call for longer than its time.
            var selection = await Task.Run(() => RunAsync(context, stop.Token), CancellationToken.None).WaitAsync(patience, clock, cancellationToken);
            stop.End();
            return Answer(context, selection);
        }
        catch (TimeoutException)
        {
            stop.Now();
            return Fail("timed_out", $"did not answer within {patience.TotalMilliseconds:0} ms", null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            stop.End();
            return Fail("failed", "threw an exception", exception);
        }
    }

    private async Task<RouteSelection> RunAsync(RouteContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _running);
        try
        {
            return await _selector.Value.SelectAsync(context, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private SelectorAnswer Answer(RouteContext context, RouteSelection selection)
    {
        if (selection.Order is { } order && WhyNot(context, order) is { } wrong) return Fail("failed", wrong, null);
        if (Interlocked.Exchange(ref _failures, 0) > 0) Recovered(logger, Name);
        return new(selection.Order is null ? "unchanged" : "chosen", selection.Order, selection.Reason);
    }

    private static string? WhyNot(RouteContext context, IReadOnlyList<RouteOption> order)
    {
        if (order.Count == 0) return "left no target";
        for (var at = 0; at < order.Count; at++)
        {
            if (order[at] is not { Place: var place } || place >= context.Targets.Count || !ReferenceEquals(context.Targets[place], order[at])) return "named a target that it was not offered";
            for (var before = 0; before < at; before++)
                if (ReferenceEquals(order[before], order[at])) return "named a target twice";
        }

        return null;
    }

    private SelectorAnswer Fail(string result, string what, Exception? exception)
    {
        if (Interlocked.Increment(ref _failures) >= MostFailures)
        {
            Volatile.Write(ref _aloneFrom, clock.GetTimestamp());
            LeftAlone(logger, Name, Alone.TotalSeconds);
        }
        else
        {
            Failed(logger, Name, what, exception);
        }

        return new(result, null, what);
    }

    private bool IsLeftAlone() => Volatile.Read(ref _failures) >= MostFailures && clock.GetElapsedTime(Volatile.Read(ref _aloneFrom)) < Alone;

    [LoggerMessage(2107, LogLevel.Warning, "Route selector {Selector} {What}; the call goes in the route's own order")]
    private static partial void Failed(ILogger logger, string selector, string what, Exception? exception);

    [LoggerMessage(2108, LogLevel.Error, "Route selector {Selector} failed again and again and is not asked for {Seconds} s; its routes keep their own order")]
    private static partial void LeftAlone(ILogger logger, string selector, double seconds);

    [LoggerMessage(2109, LogLevel.Information, "Route selector {Selector} answers again")]
    private static partial void Recovered(ILogger logger, string selector);
}
