using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Integration.Tests.Scheduler;

/// <summary>What a job of <see cref="JobRoom"/> is told.</summary>
internal sealed record Order(string Name, int Fail = 0);

/// <summary>An extension of a customer, with jobs that tests steer.</summary>
[Extension("jobroom", Description = "Jobs under a test's control.")]
internal sealed class JobRoom : Extension
{
    /// <summary>Notes that it ran; fails as often as told.</summary>
    public static readonly JobKind<Order> Note = new("jobroom.note");

    /// <summary>The same, one at a time over all processes.</summary>
    public static readonly JobKind<Order> Single = new("jobroom.single");

    /// <summary>Runs until the test lets it go.</summary>
    public static readonly JobKind<Order> Hold = new("jobroom.hold");

    /// <summary>The same, with too little time for it.</summary>
    public static readonly JobKind<Order> Slow = new("jobroom.slow");

    /// <summary>Never ends by itself and does not listen to its token.</summary>
    public static readonly JobKind<Order> Deaf = new("jobroom.deaf");

    /// <summary>Asks to come back in a moment, once.</summary>
    public static readonly JobKind<Order> Later = new("jobroom.later");

    /// <summary>Must not run again.</summary>
    public static readonly JobKind<Order> Hopeless = new("jobroom.hopeless");

    /// <summary>Its wait after a failure cannot be computed.</summary>
    public static readonly JobKind<Order> Wild = new("jobroom.wild");

    /// <summary>Reads JSON of its own, which is broken the first time.</summary>
    public static readonly JobKind<Order> Reader = new("jobroom.reader");

    /// <summary>Answers its cancellation with a fault of its own.</summary>
    public static readonly JobKind<Order> Rude = new("jobroom.rude");

    /// <summary>What the jobs of all hosts of this test did.</summary>
    public JobLog Log { get; } = new();

    public IReadOnlyList<JobSchedule> NoteSchedules { get; init; } = [];

    /// <summary>The extension starts only when this is over, and it starts after the scheduler.</summary>
    public Task Starting { get; init; } = Task.CompletedTask;

    public override IReadOnlyList<string> Dependencies => ["scheduler"];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<NoteJob, Order>(Note) { MaxAttempts = 3, Backoff = _ => TimeSpan.FromMilliseconds(50), Schedules = NoteSchedules },
        new JobRegistration<NoteJob, Order>(Single) { MaxRunning = 1 },
        new JobRegistration<HoldJob, Order>(Hold) { Timeout = TimeSpan.FromSeconds(20) },
        new JobRegistration<HoldJob, Order>(Slow) { Timeout = TimeSpan.FromMilliseconds(200), MaxAttempts = 1 },
        new JobRegistration<DeafJob, Order>(Deaf) { Timeout = TimeSpan.FromMilliseconds(100) },
        new JobRegistration<LaterJob, Order>(Later),
        new JobRegistration<NoteJob, Order>(Wild) { MaxAttempts = 2, Backoff = failures => TimeSpan.FromHours(Math.Pow(50, failures + 8)) },
        new JobRegistration<ReaderJob, Order>(Reader) { Backoff = _ => TimeSpan.FromMilliseconds(20) },
        new JobRegistration<RudeJob, Order>(Rude),
        new JobRegistration<HopelessJob, Order>(Hopeless),
    ];

    public override void ConfigureServices(IServiceCollection services, Profile profile) => services.AddSingleton(Log);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) => new(Starting);

    private sealed class NoteJob(JobLog log) : Job<Order>
    {
        public override async Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            using var _ = log.Enter(context);
            await Task.Yield();
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            if (context.Attempt <= args.Fail) throw new InvalidOperationException($"{args.Name} fails\0 with \ud800 bad text");
        }
    }

    private sealed class HoldJob(JobLog log) : Job<Order>
    {
        public override async Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            context.Report(1, 4, "holding");
            await log.Release.Task.WaitAsync(cancellationToken);
        }
    }

    private sealed class ReaderJob(JobLog log) : Job<Order>
    {
        public override Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            System.Text.Json.JsonElement.Parse(context.Attempt == 1 ? "<html>" : "{}");
            return Task.CompletedTask;
        }
    }

    private sealed class RudeJob(JobLog log) : Job<Order>
    {
        public override async Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("the connection was cut");
        }
    }

    private sealed class DeafJob(JobLog log) : Job<Order>
    {
        public override async Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            await log.Release.Task;
        }
    }

    private sealed class LaterJob(JobLog log) : Job<Order>
    {
        public override Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken)
        {
            log.Ran.Enqueue(new Run(context.Id, args.Name, context.Attempt, context.EnqueuedBy));
            return context.Attempt == 1 ? throw new JobRetryException(TimeSpan.FromMilliseconds(100), "come back later") : Task.CompletedTask;
        }
    }

    private sealed class HopelessJob : Job<Order>
    {
        public override Task RunAsync(Order args, JobContext context, CancellationToken cancellationToken) => throw new JobDiscardException("the account is closed");
    }
}

/// <summary>One attempt, as the job saw it.</summary>
internal sealed record Run(long Id, string Name, int Attempt, string? By);

/// <summary>What jobs did, shared by the hosts of a test.</summary>
internal sealed class JobLog
{
    private int _inside;
    private int _most;

    public ConcurrentQueue<Run> Ran { get; } = new();

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many ran at the same time, at most.</summary>
    public int Most => _most;

    public IDisposable Enter(JobContext context)
    {
        if (context.Kind != JobRoom.Single.Name) return Leave.Nothing;
        var now = Interlocked.Increment(ref _inside);
        if (now > _most) _most = now;
        return new Leave(() => Interlocked.Decrement(ref _inside));
    }

    private sealed class Leave(Action leave) : IDisposable
    {
        public static Leave Nothing { get; } = new(static () => { });

        public void Dispose() => leave();
    }
}
