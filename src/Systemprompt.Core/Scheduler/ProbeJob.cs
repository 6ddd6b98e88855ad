using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>What <see cref="ProbeJob"/> is told.</summary>
/// <param name="Steps">How many steps; each reports progress.</param>
/// <param name="StepMilliseconds">How long a step takes.</param>
/// <param name="FailAttempts">So many attempts fail at their end.</param>
internal sealed record ProbeArgs(int Steps = 1, int StepMilliseconds = 0, int FailAttempts = 0);

/// <summary>Does nothing, visibly: to see that workers run, how long the queue takes, what a failure, a cancel or a restart looks like.</summary>
internal sealed class ProbeJob(TimeProvider clock) : Job<ProbeArgs>
{
    public static readonly JobKind<ProbeArgs> Kind = new("scheduler.probe");

    public override async Task RunAsync(ProbeArgs args, JobContext context, CancellationToken cancellationToken)
    {
        for (var step = 1; step <= args.Steps; step++)
        {
            if (args.StepMilliseconds > 0) await Task.Delay(TimeSpan.FromMilliseconds(args.StepMilliseconds), clock, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (args.Steps > 1) context.Report(step, args.Steps, $"step {step}");
        }

        if (context.Attempt <= args.FailAttempts) throw new InvalidOperationException($"attempt {context.Attempt} fails, as it was told to");
    }
}
