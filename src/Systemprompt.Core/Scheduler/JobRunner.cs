using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>Runs one attempt and says how it ended. Never throws.</summary>
internal sealed partial class JobRunner(IServiceScopeFactory scopes, ILogger<JobRunner> logger)
{
    public async Task<EndedAttempt> RunAsync(RunningJob job)
    {
        job.Begin();
        try
        {
            // Cancelled while it waited for a slot.
            job.Token.ThrowIfCancellationRequested();
            await using var scope = scopes.CreateAsyncScope();
            await job.Registration.RunAsync(scope.ServiceProvider, job.Args, job, job.Token);
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Done);
        }
        catch (Exception) when (job.Stopped == Stopped.ByOperator)
        {
            // Whatever it makes of its cancellation: somebody wanted it to end.
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Cancelled) { EndedBy = job.StoppedBy };
        }
        catch (JobRetryException later)
        {
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Postponed) { Error = Words.Error(later), Delay = Bounded(later.After) };
        }
        catch (JobDiscardException discard)
        {
            Died(logger, job.Kind, job.Id, job.Attempt, discard.Message);
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Dead) { Error = Words.Error(discard) };
        }
        catch (JobArgsException unreadable)
        {
            // A later version may read them; the same one never will.
            Died(logger, job.Kind, job.Id, job.Attempt, "its arguments cannot be read");
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Dead) { Error = Words.Error(unreadable.InnerException!) };
        }
        catch (Exception) when (job.Stopped is Stopped.ByShutdown or Stopped.LeaseLost)
        {
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Interrupted);
        }
        catch (OperationCanceledException) when (job.Token.IsCancellationRequested)
        {
            return Failed(job, new TimeoutException($"it took longer than {job.Registration.Timeout}"));
        }
        catch (Exception exception)
        {
            return Failed(job, exception);
        }
    }

    /// <summary>When a job runs again after so many failures.</summary>
    internal static TimeSpan Backoff(JobRegistration registration, int failures)
    {
        try
        {
            if (registration.Backoff is { } own) return Bounded(own(failures));
        }
        catch (Exception)
        {
            // A wait that cannot be computed must not cost the job: it has the usual one.
        }

        var seconds = Math.Pow(failures, 4) * (0.9 + 0.2 * Random.Shared.NextDouble());
        return Bounded(TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds)));
    }

    private EndedAttempt Failed(RunningJob job, Exception exception)
    {
        var failures = job.Failures + 1;
        if (failures >= job.Registration.MaxAttempts)
        {
            AttemptsUsed(logger, job.Kind, job.Id, failures, exception);
            return new EndedAttempt(job.Id, job.Attempt, Outcome.Dead) { Error = Words.Error(exception) };
        }

        AttemptFailed(logger, job.Kind, job.Id, job.Attempt, exception);
        return new EndedAttempt(job.Id, job.Attempt, Outcome.Failed) { Error = Words.Error(exception), Delay = Backoff(job.Registration, failures) };
    }

    private static TimeSpan Bounded(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time > TimeSpan.FromDays(365) ? TimeSpan.FromDays(365) : time;

    [LoggerMessage(2402, LogLevel.Warning, "Job {Kind} {Job}: attempt {Attempt} failed; it runs again")]
    private static partial void AttemptFailed(ILogger logger, string kind, long job, int attempt, Exception exception);

    [LoggerMessage(2403, LogLevel.Error, "Job {Kind} {Job} is dead after {Failures} failures; 'infra jobs retry {Job}' requeues it")]
    private static partial void AttemptsUsed(ILogger logger, string kind, long job, int failures, Exception exception);

    [LoggerMessage(2404, LogLevel.Error, "Job {Kind} {Job} is dead at attempt {Attempt}: {Reason}")]
    private static partial void Died(ILogger logger, string kind, long job, int attempt, string reason);
}
