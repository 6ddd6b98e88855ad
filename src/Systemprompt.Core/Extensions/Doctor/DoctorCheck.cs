namespace Systemprompt.Extensions;

/// <summary>One thing that <c>doctor</c> looks at. All checks run at the same time, each within its own time; none may change anything.</summary>
/// <param name="Name">Stable short name, in words, such as <c>payment provider</c>.</param>
/// <param name="Run">
/// Looks, and says what it found with <see cref="DoctorCall.Ok"/>, <see cref="DoctorCall.Warn"/> and <see cref="DoctorCall.Fail"/>, as often as there is
/// something to say. An exception is a failure of the check.
/// </param>
public sealed record DoctorCheck(string Name, Func<DoctorCall, CancellationToken, Task> Run)
{
    /// <summary>True when it asks the database: it is then left out, and said to be, while the database cannot be reached.</summary>
    public bool NeedsDatabase { get; init; }

    /// <summary>How long it may take; 10 s by default. Beyond it the check fails.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
