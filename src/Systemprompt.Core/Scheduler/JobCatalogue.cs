using Systemprompt.Extensions;

namespace Systemprompt.Scheduler;

/// <summary>The kinds of jobs that the enabled extensions bring, and when they run by themselves.</summary>
internal sealed class JobCatalogue
{
    private readonly NamedContributions<JobRegistration> _kinds = new("job kind", "infra jobs kinds");

    private JobCatalogue()
    {
    }

    public IReadOnlyCollection<JobRegistration> All => _kinds.All;

    /// <exception cref="ExtensionException">A kind stands twice, or is not well-formed.</exception>
    public static JobCatalogue Of(ExtensionRegistry extensions)
    {
        var catalogue = new JobCatalogue();
        foreach (var extension in extensions.Enabled)
            foreach (var job in extension.Jobs)
                catalogue.Add(extension, job);
        return catalogue;
    }

    public JobRegistration? Find(string kind) => _kinds.Find(kind);

    /// <summary>The kind, for somebody who typed its name.</summary>
    /// <exception cref="ArgumentException">There is none; the message names the nearest.</exception>
    public JobRegistration Require(string kind) => Find(kind) ?? throw new ArgumentException(_kinds.Missing(kind));

    /// <summary>Every schedule: the extensions', as far as the profile leaves them, and the profile's.</summary>
    /// <exception cref="ExtensionException">The profile names a kind that is not there, or arguments that do not fit it.</exception>
    public IReadOnlyList<Schedule> Schedules(SchedulerSettings settings, string source)
    {
        var found = new Dictionary<string, Schedule>(StringComparer.Ordinal);
        foreach (var job in All)
            foreach (var schedule in job.Schedules)
                found.Add($"{job.Kind}:{schedule.Name}", new Schedule($"{job.Kind}:{schedule.Name}", job.Kind, schedule.Cron, schedule.TimeZone, job.Normalize(schedule.Args), "extension"));
        foreach (var (name, schedule) in settings.Schedules)
        {
            found.Remove(name);
            var place = $"{source}: scheduler.schedules.{name}";
            JobRegistration job;
            try
            {
                job = Require(schedule.Job);
                if (schedule.Enabled) found.Add(name, new Schedule(name, job.Kind, schedule.Cron, schedule.TimeZone, job.Normalize(schedule.Args), "profile"));
            }
            catch (ArgumentException fault)
            {
                throw new ExtensionException($"{place}.job: {fault.Message}");
            }
            catch (System.Text.Json.JsonException)
            {
                throw new ExtensionException($"{place}.args: they are not the JSON that {schedule.Job} takes");
            }
        }

        return [.. found.Values];
    }

    private void Add(Extension extension, JobRegistration job)
    {
        var what = _kinds.Add(extension, job.Kind, job);
        if (job.MaxAttempts < 1) throw new ExtensionException($"{what}: MaxAttempts is {job.MaxAttempts}; it is at least 1");
        if (job.Timeout <= TimeSpan.Zero || job.Timeout > TimeSpan.FromDays(7)) throw new ExtensionException($"{what}: Timeout is {job.Timeout}; it is more than nothing and at most 7 days");
        if (job.Priority is < 1 or > 9) throw new ExtensionException($"{what}: Priority is {job.Priority}; it is 1 to 9");
        if (job.MaxRunning is < 1) throw new ExtensionException($"{what}: MaxRunning is {job.MaxRunning}; it is at least 1, and pausing is for 0");
        foreach (var schedule in job.Schedules)
            if ((Cron.Fault(schedule.Cron) ?? Cron.ZoneFault(schedule.TimeZone)) is { } fault)
                throw new ExtensionException($"{what}, schedule '{schedule.Name}': {fault}");
    }
}

/// <summary>When a kind of job is enqueued by itself.</summary>
internal sealed record Schedule(string Name, string Kind, string Cron, string TimeZone, string Args, string Source);
