namespace Systemprompt.Ai;

/// <summary>
/// Tells code of an extension to stop when its call ends. What that code has hung on the token runs elsewhere: it can neither hold up nor break the call. It is
/// not disposed, since what was told may go on for a while; there is nothing in it that must be.
/// </summary>
internal sealed class ForeignStop : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _call;

    public ForeignStop(CancellationToken call) => _call = call.UnsafeRegister(static stop => ((ForeignStop)stop!).Now(), this);

    public void Now()
    {
        _call.Unregister();
        _ = CancelAsync();
    }

    /// <summary>The code is done.</summary>
    public void End() => _call.Unregister();
}
