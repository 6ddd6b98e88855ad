using Microsoft.Extensions.DependencyInjection;

namespace Systemprompt.Extensions;

/// <summary>A kind of job that an extension can run, and how.</summary>
public abstract class JobRegistration
{
    private protected JobRegistration(string kind) => Kind = kind;

    /// <summary>The kind's stable name.</summary>
    public string Kind { get; }

    /// <summary>One sentence for listings.</summary>
    public string Description { get; init; } = "";

    /// <summary>After so many failed attempts the job is dead, and waits for somebody to requeue it.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>How long one attempt may take before it is cancelled and counts as failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How many of this kind may run at a time over all processes; null for no limit of its own.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>1 runs first, 9 last.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>How long to wait after the n-th failure. By default n⁴ seconds, a little more or less: 1 s, 16 s, 81 s, … about four hours in all.</summary>
    public Func<int, TimeSpan>? Backoff { get; init; }

    /// <summary>When it is enqueued by itself. A profile may add others, and disable these.</summary>
    public IReadOnlyList<JobSchedule> Schedules { get; init; } = [];

    internal abstract Task RunAsync(IServiceProvider services, string args, JobContext context, CancellationToken cancellationToken);

    /// <summary>The arguments as they are stored.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not what the job takes.</exception>
    internal abstract string Normalize(string args);
}

/// <summary>A kind of job and the class that runs it.</summary>
/// <param name="kind">The kind.</param>
/// <typeparam name="TJob">Constructed from the container for each attempt.</typeparam>
/// <typeparam name="TArgs">The arguments.</typeparam>
public sealed class JobRegistration<TJob, TArgs>(JobKind<TArgs> kind) : JobRegistration(kind.Name)
    where TJob : Job<TArgs>
{
    internal override Task RunAsync(IServiceProvider services, string args, JobContext context, CancellationToken cancellationToken)
    {
        TArgs read;
        try
        {
            read = JobJson.Read<TArgs>(args);
        }
        catch (System.Text.Json.JsonException fault)
        {
            throw new JobArgsException(fault);
        }

        return ActivatorUtilities.CreateInstance<TJob>(services).RunAsync(read, context, cancellationToken);
    }

    internal override string Normalize(string args) => JobJson.Write(JobJson.Read<TArgs>(args));
}

/// <summary>When a kind of job is enqueued by itself.</summary>
/// <param name="Name">Tells the kind's schedules apart; a profile names one as <c>kind:name</c>.</param>
/// <param name="Cron">Five fields (minute, hour, day, month, weekday), or six with seconds in front.</param>
public sealed record JobSchedule(string Name, string Cron)
{
    /// <summary>The time zone the fields are in: an IANA name. Daylight saving neither skips nor doubles a run.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>The arguments, as JSON.</summary>
    public string Args { get; init; } = "{}";
}
