using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Scheduler;

/// <summary><c>infra jobs …</c>: what the queue holds, what became of jobs, and the levers.</summary>
internal static class SchedulerCommands
{
    private static readonly string[] States = ["running", "waiting", "delayed", "dead"];
    private static readonly string[] Outcomes = ["done", "failed", "dead", "cancelled", "interrupted", "postponed", "lost"];
    private static readonly Argument<long> Id = new("id") { Description = "The job's id." };
    private static readonly Argument<long?> SomeId = new("id") { Description = "The job's id.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> KindName = new("kind") { Description = "The kind, such as scheduler.probe; 'infra jobs kinds' lists them." };
    private static readonly Argument<string?> SomeKind = new("kind") { Description = "The kind of jobs.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> State = new("--state") { Description = $"Only this state: {string.Join(", ", States)}." };
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only this kind." };
    private static readonly Option<string?> OutcomeIs = new("--outcome") { Description = $"Only this outcome: {string.Join(", ", Outcomes)}." };
    private static readonly Option<string?> Since = new("--since") { Description = "Ended no longer ago than this, such as 1h or 7d." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, up to 1000.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<string> Args = new("--args") { Description = "The arguments, as JSON.", DefaultValueFactory = static _ => "{}" };
    private static readonly Option<string?> Delay = new("--delay") { Description = "Not before so long from now, such as 10m." };
    private static readonly Option<string?> Unique = new("--unique") { Description = "A key: while a job of the kind with it waits or runs, no second one is enqueued." };
    private static readonly Option<int?> Priority = new("--priority") { Description = "1 runs first, 9 last." };
    private static readonly Option<bool> Detach = new("--detach") { Description = "Do not wait for its end." };
    private static readonly Option<bool> AllDead = new("--all-dead") { Description = "Every dead job, or those of --kind." };
    private static readonly Option<string?> ScheduleName = new("--schedule") { Description = "A schedule instead of a kind; 'infra jobs schedules' lists them." };

    public static void Map(CommandMap commands)
    {
        commands.Map("infra jobs list", "Lists jobs that run, wait, are delayed or dead.", "infra jobs list --state dead", [State, Kind, Limit], ListAsync);
        commands.Map("infra jobs show", "Shows a job and its attempts.", "infra jobs show 1 --json", [Id], ShowAsync);
        commands.Map("infra jobs run", "Enqueues a job and follows it to its end.", "infra jobs run scheduler.probe --args '{\"steps\":5,\"stepMilliseconds\":100}'", [KindName, Args, Delay, Priority, Unique, Detach], RunAsync);
        commands.Map("infra jobs tail", "Follows a job to its end, with its progress.", "infra jobs tail 1", [Id], (call, token) => JobTail.FollowAsync(call, call.Get(Id), token));
        commands.Map("infra jobs retry", "Runs a dead job again with all its attempts, or a delayed one now.", "infra jobs retry --all-dead --kind scheduler.probe", [SomeId, AllDead, Kind], RetryAsync);
        commands.Map("infra jobs cancel", "Cancels a job: one that runs is told to end.", "infra jobs cancel 1", [Id], CancelAsync);
        commands.Map("infra jobs history", "Lists attempts that ended, newest first.", "infra jobs history --since 1h --outcome failed", [Kind, OutcomeIs, Since, Limit], HistoryAsync);
        commands.Map("infra jobs kinds", "Lists kinds of jobs, and how many of each the queue holds.", "infra jobs kinds", [], KindsAsync);
        commands.Map("infra jobs schedules", "Lists what is enqueued by itself, and when next.", "infra jobs schedules", [], SchedulesAsync);
        commands.Map("infra jobs workers", "Lists the processes that run jobs, and which of them leads.", "infra jobs workers", [], WorkersAsync);
        commands.Map("infra jobs pause", "Pauses a kind, or a schedule: what runs goes on, nothing new is begun.", "infra jobs pause scheduler.probe", [SomeKind, ScheduleName], (call, token) => PauseAsync(call, pause: true, token));
        commands.Map("infra jobs resume", "Resumes what was paused.", "infra jobs resume scheduler.probe", [SomeKind, ScheduleName], (call, token) => PauseAsync(call, pause: false, token));
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = await (await StoreAsync(call, cancellationToken)).ListAsync(OneOf(call, State, States), call.Get(Kind), Most(call), cancellationToken);
        var known = call.Output.IsJson ? null : (await call.ServicesAsync(cancellationToken)).GetRequiredService<JobCatalogue>();
        if (rows.Count == 0 && !call.Output.IsJson) call.Output.Notice("no jobs; 'infra jobs history' shows those that ended");
        call.Output.List(
            rows.Select(JobView.Of).ToList(),
            ("id", job => job.Id), ("kind", job => known!.Find(job.Kind) is null ? $"{job.Kind} (unknown here)" : job.Kind),
            ("state", job => job.CancelledBy is null ? job.State : "cancelling"), ("due", job => job.RunAt), ("attempt", job => job.Attempt), ("failures", job => job.Failures),
            ("progress", job => job.Progress), ("by", job => job.EnqueuedBy), ("last error", job => Short(job.LastError)));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (store, id) = (await StoreAsync(call, cancellationToken), call.Get(Id));
        var job = await store.FindAsync(id, cancellationToken);
        var attempts = (await store.HistoryAsync(new HistoryFilter { Job = id, Limit = 100 }, cancellationToken)).Select(AttemptView.Of).ToList();
        if (job is null && attempts.Count == 0) throw NoSuchJob(id);
        var detail = new JobDetail(id, job?.State ?? attempts[0].Outcome, job is null ? null : JobView.Of(job), attempts);
        call.Output.Item(
            detail,
            ("id", shown => shown.Id), ("kind", shown => shown.Job?.Kind ?? shown.Attempts[0].Kind), ("state", shown => shown.State),
            ("args", shown => shown.Job?.Args ?? shown.Attempts[0].Args), ("enqueued", shown => shown.Job?.EnqueuedAt ?? shown.Attempts[0].EnqueuedAt),
            ("by", shown => shown.Job?.EnqueuedBy ?? shown.Attempts[0].EnqueuedBy), ("due", shown => shown.Job?.RunAt), ("progress", shown => shown.Job?.Progress),
            ("failures", shown => shown.Job?.Failures), ("last error", shown => shown.Job?.LastError ?? (shown.Attempts.Count > 0 ? shown.Attempts[0].Error : null)));
        if (!call.Output.IsJson && attempts.Count > 0) ShowAttempts(call, attempts);
        return 0;
    }

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        EnqueuedJob job;
        try
        {
            var kind = services.GetRequiredService<JobCatalogue>().Require(call.Get(KindName)!);
            var options = new EnqueueOptions { By = "cli", Delay = Duration(Delay.Name, call.Get(Delay)) ?? TimeSpan.Zero, Priority = call.Get(Priority), UniqueKey = call.Get(Unique) };
            job = await services.GetRequiredService<JobQueue>().EnqueueAsync(kind, kind.Normalize(call.Get(Args)!), options, null, cancellationToken);
        }
        catch (JsonException fault)
        {
            throw new CliException($"--args: not the JSON that {call.Get(KindName)} takes: {fault.Message}", 2);
        }
        catch (ArgumentException fault)
        {
            throw new CliException(fault.Message, 2);
        }

        if (!job.IsNew) call.Output.Notice($"job {job.Id} has the same key already");
        if (!call.Get(Detach)) return await JobTail.FollowAsync(call, job.Id, cancellationToken);
        if (call.Output.IsJson) call.Output.Document(job);
        else call.Output.Line($"job {job.Id}");
        return 0;
    }

    private static async Task<int> RetryAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, all) = (call.Get(SomeId), call.Get(AllDead));
        if (id is null != all) throw new CliException("give a job's id, or --all-dead with or without --kind", 2);
        var store = await StoreAsync(call, cancellationToken);
        if (id is null)
        {
            var count = await store.RetryDeadAsync(call.Get(Kind), cancellationToken);
            Say(call, new { requeued = count }, $"{count} dead jobs wait again");
            return 0;
        }

        try
        {
            if (!await store.RetryAsync(id.Value, cancellationToken))
                throw new CliException(await store.FindAsync(id.Value, cancellationToken) is { State: var state } ? $"job {id} is {state}; only dead and delayed jobs are retried" : $"job {id} has ended or never was; 'infra jobs show {id}' says which");
        }
        catch (InvalidOperationException fault)
        {
            throw new CliException(fault.Message);
        }

        Say(call, new { id, state = "waiting" }, $"job {id} waits again");
        return 0;
    }

    private static async Task<int> CancelAsync(CliCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(Id);
        var state = await (await StoreAsync(call, cancellationToken)).CancelAsync(id, "cli", cancellationToken) ?? throw NoSuchJob(id);
        Say(call, new { id, was = state }, state == "running" ? $"job {id} runs and is told to end" : $"job {id} is cancelled");
        return 0;
    }

    private static async Task<int> HistoryAsync(CliCall call, CancellationToken cancellationToken)
    {
        var since = Duration(Since.Name, call.Get(Since));
        var filter = new HistoryFilter { Kind = call.Get(Kind), Outcome = OneOf(call, OutcomeIs, Outcomes), Since = since is null ? null : call.Composition.Clock.GetUtcNow() - since, Limit = Most(call) };
        ShowAttempts(call, [.. (await (await StoreAsync(call, cancellationToken)).HistoryAsync(filter, cancellationToken)).Select(AttemptView.Of)]);
        return 0;
    }

    private static async Task<int> KindsAsync(CliCall call, CancellationToken cancellationToken)
    {
        var catalogue = (await call.ServicesAsync(cancellationToken)).GetRequiredService<JobCatalogue>();
        call.Output.List(
            KindView.Of(catalogue, await (await StoreAsync(call, cancellationToken)).KindsAsync(cancellationToken)),
            ("kind", kind => kind.IsKnown ? kind.Kind : $"{kind.Kind} (unknown here)"), ("waiting", kind => kind.Waiting), ("delayed", kind => kind.Delayed), ("running", kind => kind.Running),
            ("dead", kind => kind.Dead), ("paused", kind => kind.PausedAt), ("description", kind => kind.Description));
        return 0;
    }

    private static async Task<int> SchedulesAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await StoreAsync(call, cancellationToken)).SchedulesAsync(cancellationToken),
            ("name", schedule => schedule.Name), ("kind", schedule => schedule.Kind), ("cron", schedule => schedule.Cron), ("time zone", schedule => schedule.TimeZone),
            ("next", schedule => schedule.PausedAt is null ? schedule.NextAt : null), ("last", schedule => schedule.LastAt), ("job", schedule => schedule.LastJob), ("paused", schedule => schedule.PausedAt),
            ("from", schedule => schedule.Source));
        return 0;
    }

    private static async Task<int> WorkersAsync(CliCall call, CancellationToken cancellationToken)
    {
        var workers = await (await StoreAsync(call, cancellationToken)).WorkersAsync(cancellationToken);
        if (workers.Count == 0 && !call.Output.IsJson) call.Output.Notice("no process runs jobs: start the server ('services start'), or see scheduler.enabled in the profile");
        call.Output.List(
            workers,
            ("process", worker => worker.Instance), ("version", worker => worker.Version), ("slots", worker => worker.Slots), ("since", worker => worker.StartedAt),
            ("alive", worker => worker.IsAlive), ("draining", worker => worker.IsDraining), ("leads", worker => worker.Leads), ("kinds", worker => worker.Kinds.Length));
        return 0;
    }

    private static async Task<int> PauseAsync(CliCall call, bool pause, CancellationToken cancellationToken)
    {
        var (kind, schedule) = (call.Get(SomeKind), call.Get(ScheduleName));
        if (kind is null == schedule is null) throw new CliException("give a kind, or --schedule NAME", 2);
        var store = await StoreAsync(call, cancellationToken);
        var word = pause ? "paused" : "resumed";
        if (schedule is not null)
        {
            if (!(pause ? await store.PauseScheduleAsync(schedule, "cli", cancellationToken) : await store.ResumeScheduleAsync(schedule, cancellationToken)))
                throw new CliException($"there is no schedule '{schedule}'; 'infra jobs schedules' lists them");
            Say(call, new { schedule, paused = pause }, $"schedule {schedule} is {word}");
            return 0;
        }

        try
        {
            if (pause) (await call.ServicesAsync(cancellationToken)).GetRequiredService<JobCatalogue>().Require(kind!);
        }
        catch (ArgumentException fault)
        {
            throw new CliException(fault.Message);
        }

        if (pause) await store.PauseAsync(kind!, "cli", cancellationToken);
        else if (!await store.ResumeAsync(kind!, cancellationToken)) call.Output.Notice($"{kind} was not paused");
        Say(call, new { kind, paused = pause }, $"{kind} is {word}");
        return 0;
    }

    private static void ShowAttempts(CliCall call, IReadOnlyList<AttemptView> attempts) => call.Output.List(
        attempts,
        ("ended", attempt => attempt.FinishedAt), ("job", attempt => attempt.Job), ("kind", attempt => attempt.Kind), ("attempt", attempt => attempt.Attempt), ("outcome", attempt => attempt.Outcome),
        ("took ms", attempt => attempt.Milliseconds), ("ended by", attempt => attempt.EndedBy), ("error", attempt => Short(attempt.Error)));

    private static void Say(CliCall call, object document, string line)
    {
        if (call.Output.IsJson) call.Output.Document(document);
        else call.Output.Line(line);
    }

    private static async Task<JobStore> StoreAsync(CliCall call, CancellationToken cancellationToken) => (await call.ServicesAsync(cancellationToken)).GetRequiredService<JobStore>();

    internal static CliException NoSuchJob(long id) => new($"there is no job {id}; 'infra jobs list' and 'infra jobs history' show what there is");

    private static string? OneOf(CliCall call, Option<string?> option, string[] known) =>
        call.Get(option) is not { } word || known.Contains(word) ? call.Get(option) : throw new CliException($"{option.Name} {word} is none of {string.Join(", ", known)}", 2);

    private static int Most(CliCall call) => call.Get(Limit) is >= 1 and <= 1000 and var limit ? limit : throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 1000", 2);

    private static TimeSpan? Duration(string name, string? text) =>
        text is null ? null
        : ValueText.Parse(typeof(TimeSpan), text, out var expected) is TimeSpan time ? time
        : throw new CliException($"{name} {text} is not {expected}", 2);

    private static string? Short(string? error) => error is { Length: > 80 } ? error[..79] + "…" : error;
}
