namespace Systemprompt.Extensions;

/// <summary>Work that runs apart from any request: later, on a schedule, again when it fails.</summary>
/// <remarks>
/// Delivery is at least once. A process that is killed, or a database that crashes, can make a job run again after its work was done: what it
/// does has to be harmless the second time, for which <see cref="JobContext.Id"/> is the same and <see cref="JobContext.Attempt"/> is not.
/// Constructed from the container for each attempt, in a scope of its own.
/// </remarks>
/// <typeparam name="TArgs">What it is told; written as JSON, so it should stay readable to later versions. <see cref="NoArgs"/> for nothing.</typeparam>
public abstract class Job<TArgs>
{
    /// <summary>One attempt. Returning means done; an exception means failed, and the job runs again later until its attempts are used up.</summary>
    /// <param name="args">What the job was told.</param>
    /// <param name="context">Which job this is, and where it reports its progress.</param>
    /// <param name="cancellationToken">
    /// Cancelled when somebody cancels the job, when its time is over, and when the process stops; pass it on. The last is no failure.
    /// </param>
    /// <exception cref="JobDiscardException">Running it again is pointless: it goes to the dead jobs at once.</exception>
    /// <exception cref="JobRetryException">It cannot run now: it runs again after the time said, and this does not count as a failure.</exception>
    public abstract Task RunAsync(TArgs args, JobContext context, CancellationToken cancellationToken);
}

/// <summary>The arguments of a job that takes none.</summary>
public sealed record NoArgs;

/// <summary>Thrown by a job that must not run again. The message is kept with it.</summary>
public sealed class JobDiscardException(string message) : Exception(message);

/// <summary>Thrown by a job that cannot run now, such as when a service asks to come back later.</summary>
/// <param name="after">When to run again, from now.</param>
/// <param name="message">Why; kept in the job's history.</param>
public sealed class JobRetryException(TimeSpan after, string message) : Exception(message)
{
    /// <summary>When to run again, from now.</summary>
    public TimeSpan After { get; } = after;
}
