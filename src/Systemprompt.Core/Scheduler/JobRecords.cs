namespace Systemprompt.Scheduler;

/// <summary>A job this process has taken to run.</summary>
internal sealed record TakenJob(long Id, string Kind, string Args, int Attempt, int Failures, int Priority, string? EnqueuedBy);

/// <summary>How an attempt ended.</summary>
internal enum Outcome
{
    /// <summary>The work is done.</summary>
    Done,

    /// <summary>It failed and runs again.</summary>
    Failed,

    /// <summary>It failed and does not run again by itself.</summary>
    Dead,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>The process stopped: no failure, it runs again at once.</summary>
    Interrupted,

    /// <summary>The job asked to run later: no failure.</summary>
    Postponed,

    /// <summary>The process died.</summary>
    Lost,
}

/// <summary>An attempt of this process that ended and is to be recorded.</summary>
internal sealed record EndedAttempt(long Id, int Attempt, Outcome Outcome)
{
    public string? Error { get; init; }

    public string? EndedBy { get; init; }

    /// <summary>When to run again, from now.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether the job leaves the table.</summary>
    public bool IsOver => Outcome is Outcome.Done or Outcome.Cancelled;
}

/// <summary>How far an attempt is.</summary>
internal sealed record JobProgress(long Id, int Attempt, long Done, long? Total, string? Note);

/// <summary>What the event <c>scheduler.job_died</c> says.</summary>
internal sealed record DeadJob(long Job, string Kind, int Attempt, string? Error);

/// <summary>Text as PostgreSQL takes it.</summary>
internal static class Words
{
    private const int LongestError = 4000;
    private const int LongestNote = 200;

    public static string Of(Outcome outcome) => outcome.ToString().ToLowerInvariant();

    public static string Error(Exception exception) => Clean($"{exception.GetType().Name}: {exception.Message}", LongestError);

    public static string? Note(string? note) => note is null ? null : Clean(note, LongestNote);

    /// <summary>Without NUL, halves of surrogate pairs, and what is too long.</summary>
    public static string Clean(string text, int longest)
    {
        if (text.Length > longest) text = text[..longest];
        return string.Concat(text.EnumerateRunes().Select(static rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }
}
