namespace Systemprompt.Scheduler;

/// <summary>A job that has not ended.</summary>
internal sealed record JobRow
{
    public long Id { get; init; }

    public string Kind { get; init; } = "";

    public string State { get; init; } = "";

    public short Priority { get; init; }

    public DateTime RunAt { get; init; }

    public int Attempt { get; init; }

    public int Failures { get; init; }

    public DateTime EnqueuedAt { get; init; }

    public string? EnqueuedBy { get; init; }

    public DateTime? StartedAt { get; init; }

    public Guid? Worker { get; init; }

    public string? CancelledBy { get; init; }

    public long? ProgressDone { get; init; }

    public long? ProgressTotal { get; init; }

    public string? ProgressNote { get; init; }

    public string? LastError { get; init; }

    /// <summary>JSON.</summary>
    public string Args { get; init; } = "";
}

/// <summary>An attempt that ended.</summary>
internal sealed record AttemptRow
{
    public long Job { get; init; }

    public string Kind { get; init; } = "";

    public int Attempt { get; init; }

    public string Outcome { get; init; } = "";

    public DateTime EnqueuedAt { get; init; }

    public string? EnqueuedBy { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime FinishedAt { get; init; }

    /// <summary>How long the attempt took; null when it never ran.</summary>
    public double? Milliseconds => StartedAt is { } started ? Math.Round((FinishedAt - started).TotalMilliseconds, 1) : null;

    public string? Error { get; init; }

    public string? EndedBy { get; init; }

    /// <summary>JSON, of the attempt that ended the job.</summary>
    public string? Args { get; init; }
}

/// <summary>Which attempts to show.</summary>
internal sealed record HistoryFilter
{
    public long? Job { get; init; }

    public string? Kind { get; init; }

    public string? Outcome { get; init; }

    public DateTimeOffset? Since { get; init; }

    public int Limit { get; init; } = 20;
}

/// <summary>A schedule as the table has it.</summary>
internal sealed record ScheduleRow
{
    public string Name { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Cron { get; init; } = "";

    public string TimeZone { get; init; } = "";

    /// <summary><c>extension</c> or <c>profile</c>.</summary>
    public string Source { get; init; } = "";

    public DateTime? NextAt { get; init; }

    public DateTime? LastAt { get; init; }

    public long? LastJob { get; init; }

    public DateTime? PausedAt { get; init; }

    public string? PausedBy { get; init; }
}

/// <summary>How many jobs of a kind are in which state.</summary>
internal sealed record KindRow
{
    public string Kind { get; init; } = "";

    public long Waiting { get; init; }

    public long Delayed { get; init; }

    public long Running { get; init; }

    public long Dead { get; init; }

    public DateTime? PausedAt { get; init; }

    public string? PausedBy { get; init; }
}

/// <summary>A process that runs jobs.</summary>
internal sealed record WorkerRow
{
    public Guid Id { get; init; }

    public string Instance { get; init; } = "";

    public string Version { get; init; } = "";

    public int Slots { get; init; }

    public string[] Kinds { get; init; } = [];

    public DateTime StartedAt { get; init; }

    public bool IsAlive { get; init; }

    public bool IsDraining { get; init; }

    public bool Leads { get; init; }
}

/// <summary>The state of the queue.</summary>
internal sealed record QueueRow
{
    public long Dead { get; init; }

    public long Waiting { get; init; }

    /// <summary>How long the oldest job that could run has been due.</summary>
    public double? OldestSeconds { get; init; }

    public long Workers { get; init; }

    public bool HasLeader { get; init; }
}
