using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Scheduler;

/// <summary>The queue's way in, for every process: the server, a command.</summary>
internal sealed partial class JobQueue(NpgsqlDataSource database, JobCatalogue catalogue, Profile profile, TimeProvider clock, Announcer announcer) : IJobQueue
{
    private const int LongestArgs = 256 * 1024;
    private const int LongestKey = 200;

    public Task<EnqueuedJob> EnqueueAsync<TArgs>(JobKind<TArgs> kind, TArgs args, EnqueueOptions? options, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return EnqueueAsync(catalogue.Require(kind.Name), JobJson.Write(args), options ?? new EnqueueOptions(), transaction, cancellationToken);
    }

    public async Task<IReadOnlyList<long>> EnqueueManyAsync<TArgs>(
        JobKind<TArgs> kind, IReadOnlyCollection<TArgs> args, EnqueueOptions? options, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(args);
        options ??= new EnqueueOptions();
        if (options.UniqueKey is not null || options.UniqueByArgs || options.UniqueFor is not null)
            throw new ArgumentException("jobs with a key are enqueued one at a time", nameof(options));
        if (args.Count == 0) return [];
        var texts = args.Select(JobJson.Write).ToArray();
        foreach (var text in texts) CheckArgs(text);
        var job = Describe(catalogue.Require(kind.Name), "", options);
        var announce = announcer.Take();
        if (transaction is not null) return await EnqueueStore.InsertManyAsync(transaction.Connection!, job, texts, announce, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await EnqueueStore.InsertManyAsync(connection, job, texts, announce, cancellationToken);
    }

    /// <summary>Enqueues a job whose arguments are JSON already.</summary>
    public async Task<EnqueuedJob> EnqueueAsync(JobRegistration kind, string args, EnqueueOptions options, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        CheckArgs(args);
        var job = Describe(kind, args, options);
        if (options.UniqueFor is not null && job.UniqueKey is null) throw new ArgumentException("UniqueFor needs UniqueKey or UniqueByArgs", nameof(options));
        if (transaction is not null) return await InsertAsync(transaction.Connection!, job, options.UniqueFor, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (options.UniqueFor is null) return await InsertAsync(connection, job, null, cancellationToken);
        await using var own = await connection.BeginTransactionAsync(cancellationToken);
        var enqueued = await InsertAsync(connection, job, options.UniqueFor, cancellationToken);
        await own.CommitAsync(cancellationToken);
        return enqueued;
    }

    private async Task<EnqueuedJob> InsertAsync(NpgsqlConnection connection, NewJob job, TimeSpan? period, CancellationToken cancellationToken)
    {
        if (period is { } time && await EnqueueStore.ClaimPeriodAsync(connection, job, time, cancellationToken) is { } holder) return new EnqueuedJob(holder, IsNew: false);
        while (true)
        {
            if (await EnqueueStore.InsertAsync(connection, job, announcer.Take(), cancellationToken) is { } id)
            {
                if (period is not null) await EnqueueStore.NamePeriodAsync(connection, job, id, cancellationToken);
                return new EnqueuedJob(id, IsNew: true);
            }

            // The one in the way may have ended since; then there is room now.
            if (await EnqueueStore.FindUniqueAsync(connection, job.Tenant, job.Kind, job.UniqueKey!, cancellationToken) is { } other)
            {
                if (period is not null) await EnqueueStore.NamePeriodAsync(connection, job, other, cancellationToken);
                return new EnqueuedJob(other, IsNew: false);
            }
        }
    }

    private NewJob Describe(JobRegistration kind, string args, EnqueueOptions options)
    {
        if (options.Priority is < 1 or > 9) throw new ArgumentException($"priority {options.Priority} is not 1 to 9", nameof(options));
        if (options.Delay < TimeSpan.Zero || options.Delay > TimeSpan.FromDays(3650)) throw new ArgumentException($"delay {options.Delay} is not from 0 to ten years", nameof(options));
        if (options.RunAt > clock.GetUtcNow().AddDays(3650)) throw new ArgumentException($"{options.RunAt} is more than ten years away", nameof(options));
        if (options.UniqueKey is { Length: 0 or > LongestKey }) throw new ArgumentException($"a unique key has 1 to {LongestKey} characters", nameof(options));
        return new NewJob
        {
            Tenant = profile.Tenant,
            Kind = kind.Kind,
            Args = args,
            Priority = options.Priority ?? kind.Priority,
            Delay = options.Delay,
            RunAt = options.RunAt,
            UniqueKey = options.UniqueKey is { } key ? Words.Clean(key, LongestKey)
                : options.UniqueByArgs ? "args:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(args))) : null,
            By = options.By is { } by ? Words.Clean(by, LongestKey) : null,
        };
    }

    [GeneratedRegex(@"(?<!\\)(\\\\)*\\u0000")]
    private static partial Regex Nul();

    private static void CheckArgs(string args)
    {
        if (Encoding.UTF8.GetByteCount(args) > LongestArgs) throw new ArgumentException($"the arguments of a job are at most {LongestArgs / 1024} KB as JSON; store what is larger and pass its id", nameof(args));
        if (Nul().IsMatch(args)) throw new ArgumentException("the arguments of a job hold NUL (\\u0000), which PostgreSQL does not store", nameof(args));
    }
}
