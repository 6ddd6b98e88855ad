namespace Systemprompt.TrialKit;

/// <summary>Waits for what another process does.</summary>
public static class Condition
{
    /// <summary>Looks again and again until a condition holds.</summary>
    public static async Task HoldsAsync(string what, TimeSpan limit, Func<Task<bool>> condition)
    {
        using var end = new CancellationTokenSource(limit);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            try
            {
                await look.WaitForNextTickAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"not within {limit}: {what}");
            }
        }
    }
}
