using Microsoft.Extensions.Time.Testing;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Waits for what another thread does, with a limit.</summary>
internal static class Poll
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Limit);
        while (!condition()) await Task.Delay(5, patience.Token);
    }

    /// <summary>Moves the clock on until the task is done: a timer that is set a moment later is reached too.</summary>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider clock, Task task, TimeSpan step)
    {
        using var patience = new CancellationTokenSource(Limit);
        while (!task.IsCompleted)
        {
            clock.Advance(step);
            await Task.WhenAny(task, Task.Delay(5, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
