using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Audit.Bodies;
using Systemprompt.Profiles;

namespace Systemprompt.Audit;

/// <summary>What happens to calls while the database cannot take their rows.</summary>
internal enum AuditMode
{
    /// <summary>They are refused: 503 with Retry-After at the model doors, a denial at the hook door.</summary>
    Refuse,

    /// <summary>They go on; their rows wait in a file until the database is back. When that is full, they are refused.</summary>
    Journal,
}

/// <summary>The profile section <c>audit</c>.</summary>
internal sealed record AuditSettings
{
    private const long LeastJournal = 1 << 20, MostJournal = 64L << 30;

    // Half of what the shipped plugin lets its hooks take.
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(30);

    [Description("What happens to calls while the database cannot take their audit rows. refuse: they are refused. journal: they go on, and their rows wait on this machine's disk, below storage.path/audit.")]
    public AuditMode Mode { get; init; } = AuditMode.Refuse;

    [Description("The largest journal of one process; its last eighth is for the ends of calls. Beyond it calls are refused. A model call takes about 1 KB.")]
    public ByteSize JournalMax { get; init; } = ByteSize.Megabytes(64);

    [Description("With audit.mode journal: how long the calls that a dead process had open stay open beyond its lease, since its journal may have their ends. Its machine's next start writes them and ends the wait; without one they are recorded as interrupted then.")]
    public TimeSpan JournalGrace { get; init; } = TimeSpan.FromMinutes(5);

    [Description("How long a call waits for its row to be committed before it is refused.")]
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Range(64, 1_000_000)]
    [Description("How many rows may wait for a commit in this process, and how many ends of calls are kept while the database is away.")]
    public int QueueCapacity { get; init; } = 16_384;

    [Range(1, 4)]
    [Description("Connections that write audit rows, each its own hash chain. One is best up to some thousand calls a second: callers share its commits.")]
    public int Lanes { get; init; } = 1;

    [Description("Bodies of model calls.")]
    public BodySettings Bodies { get; init; } = new();

    [Description("How long a writer counts as alive after its last heartbeat. After that, another replica ends the calls it left open.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    [Description("How often a writer renews its lease.")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);

    internal static void Validate(AuditSettings settings, SettingsFaults faults)
    {
        if (settings.JournalMax.Bytes < LeastJournal || settings.JournalMax.Bytes > MostJournal) faults.Add("journal_max", "must be from 1MB to 64GB");
        BodySettings.Validate(settings.Bodies, faults);
        if (settings.JournalGrace < TimeSpan.Zero || settings.JournalGrace > TimeSpan.FromDays(1)) faults.Add("journal_grace", "must be from 0s to 1d");
        if (settings.CommitTimeout < TimeSpan.FromMilliseconds(100) || settings.CommitTimeout > LongestCommit)
            faults.Add("commit_timeout", "must be from 100ms to 30s: a client of the hook door waits 60s for a refusal, and then runs the tool");
        if (settings.Lease < TimeSpan.FromSeconds(2) || settings.Lease > TimeSpan.FromMinutes(10))
            faults.Add("lease", "must be from 2s to 10m; up to 10s, calls of a dead replica are ended within 15s");
        if (settings.Heartbeat < TimeSpan.FromMilliseconds(100) || settings.Heartbeat * 3 > settings.Lease)
            faults.Add("heartbeat", "must be from 100ms to a third of lease, so that one lost heartbeat does no harm");
    }
}
