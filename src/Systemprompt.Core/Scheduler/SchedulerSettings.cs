using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>The profile section <c>scheduler</c>.</summary>
internal sealed record SchedulerSettings
{
    [Description("Whether this process runs jobs. Enqueueing works either way; `services start --only http` turns it off for one process.")]
    public bool Enabled { get; init; } = true;

    [Range(1, 1000)]
    [Description("How many jobs this process runs at a time.")]
    public int Slots { get; init; } = 10;

    [Description("How often the queue is looked at when nothing announces work.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    [Description("How long a process counts as alive after its last heartbeat; then its jobs are given to others.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    [Description("How often a process renews its lease, and hears of cancelled jobs if nothing told it sooner.")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(3);

    [Range(1, 100)]
    [Description("A job whose process died so many times is dead: it may be what kills them.")]
    public int MaxLost { get; init; } = 5;

    [Description("How long the attempts of jobs are kept in the history.")]
    public TimeSpan KeepHistory { get; init; } = TimeSpan.FromDays(30);

    [Description("How long dead jobs wait for somebody to requeue them.")]
    public TimeSpan KeepDead { get; init; } = TimeSpan.FromDays(90);

    [Description("Schedules by name, beside those the extensions bring; one named KIND:NAME like theirs replaces it.")]
    public IReadOnlyDictionary<string, ScheduleSettings> Schedules { get; init; } = new Dictionary<string, ScheduleSettings>();

    internal static void Validate(SchedulerSettings settings, SettingsFaults faults)
    {
        if (settings.Poll < TimeSpan.FromMilliseconds(50) || settings.Poll > TimeSpan.FromMinutes(1)) faults.Add("poll", "must be from 50ms to 1m");
        if (settings.Lease < TimeSpan.FromSeconds(2) || settings.Lease > TimeSpan.FromMinutes(10))
            faults.Add("lease", "must be from 2s to 10m; up to 15s, jobs of a dead process run again within 30s");
        if (settings.Heartbeat < TimeSpan.FromMilliseconds(100) || settings.Heartbeat * 3 > settings.Lease)
            faults.Add("heartbeat", "must be from 100ms to a third of lease, so that one lost heartbeat does no harm");
        foreach (var (name, schedule) in settings.Schedules)
        {
            if (Cron.Fault(schedule.Cron) is { } cron) faults.Add($"schedules.{name}.cron", cron);
            if (Cron.ZoneFault(schedule.TimeZone) is { } zone) faults.Add($"schedules.{name}.time_zone", zone);
        }
    }
}

/// <summary>One schedule of the profile.</summary>
internal sealed record ScheduleSettings
{
    [Required]
    [Description("The kind of job, such as billing.send_invoice; `infra jobs kinds` lists them.")]
    public string Job { get; init; } = "";

    [Required]
    [Description("Five fields (minute, hour, day, month, weekday), or six with seconds in front; also @hourly, @daily, @weekly, @monthly.")]
    public string Cron { get; init; } = "";

    [Description("The time zone the fields are in: an IANA name such as Europe/Berlin.")]
    public string TimeZone { get; init; } = "UTC";

    [Description("The job's arguments, as JSON.")]
    public string Args { get; init; } = "{}";

    [Description("false leaves it out: to disable a schedule that an extension brings.")]
    public bool Enabled { get; init; } = true;
}
