namespace Systemprompt.Extensions;

/// <summary>One attempt at a job, as the job sees it.</summary>
public abstract class JobContext
{
    private protected JobContext()
    {
    }

    /// <summary>The job's id: the same at every attempt.</summary>
    public abstract long Id { get; }

    /// <summary>The job's kind.</summary>
    public abstract string Kind { get; }

    /// <summary>1 for the first attempt. Interrupted attempts count here, though not as failures.</summary>
    public abstract int Attempt { get; }

    /// <summary>Who asked for it: a user, a schedule; null when nobody said.</summary>
    public abstract string? EnqueuedBy { get; }

    /// <summary>Says how far the attempt is. Cheap: the newest report is written about twice a second.</summary>
    /// <param name="done">How much is done.</param>
    /// <param name="total">Of how much; null when that is not known.</param>
    /// <param name="note">A few words on what is being done, at most 200 characters.</param>
    public abstract void Report(long done, long? total = null, string? note = null);
}
