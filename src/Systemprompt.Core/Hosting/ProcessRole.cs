namespace Systemprompt.Hosting;

/// <summary>What a serving process does of what it could: everything, or only a part, so that replicas can share the work out.</summary>
/// <param name="ServesHttp">False: it answers health and metrics, and nothing else.</param>
/// <param name="RunsJobs">False: it enqueues jobs and leaves running them to others.</param>
internal sealed record ProcessRole(bool ServesHttp, bool RunsJobs)
{
    public static ProcessRole All { get; } = new(ServesHttp: true, RunsJobs: true);

    /// <summary>The role by the name an operator gives it, or null.</summary>
    public static ProcessRole? Parse(string? only) => only switch
    {
        null => All,
        "http" => All with { RunsJobs = false },
        "jobs" => All with { ServesHttp = false },
        _ => null,
    };
}
