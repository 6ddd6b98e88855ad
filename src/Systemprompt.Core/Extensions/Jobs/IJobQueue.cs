using Npgsql;

namespace Systemprompt.Extensions;

/// <summary>Puts jobs into the queue.</summary>
public interface IJobQueue
{
    /// <summary>Enqueues a job.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="args">Its arguments: at most 256 KB as JSON.</param>
    /// <param name="options">When and how; null for now.</param>
    /// <param name="transaction">The caller's transaction: the job is there when that commits, or never. Null for one of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The kind is registered by no enabled extension, or the arguments are too long.</exception>
    Task<EnqueuedJob> EnqueueAsync<TArgs>(
        JobKind<TArgs> kind, TArgs args, EnqueueOptions? options = null, NpgsqlTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>Enqueues many jobs of a kind in one statement. <see cref="EnqueueOptions.UniqueKey"/> and its like do not go with it.</summary>
    /// <inheritdoc cref="EnqueueAsync"/>
    /// <returns>Their ids, in the order of <paramref name="args"/>.</returns>
    Task<IReadOnlyList<long>> EnqueueManyAsync<TArgs>(
        JobKind<TArgs> kind, IReadOnlyCollection<TArgs> args, EnqueueOptions? options = null, NpgsqlTransaction? transaction = null, CancellationToken cancellationToken = default);
}

/// <summary>When and how a job is to run.</summary>
public sealed record EnqueueOptions
{
    /// <summary>Not before so long from now.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Not before this moment.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>1 runs first, 9 last; null for the kind's own.</summary>
    public int? Priority { get; init; }

    /// <summary>While a job of the kind with this key waits or runs, no second one is enqueued. At most 200 characters.</summary>
    public string? UniqueKey { get; init; }

    /// <summary>The same with the arguments for a key.</summary>
    public bool UniqueByArgs { get; init; }

    /// <summary>With a key: no second one either for so long after the first was enqueued, whatever became of it.</summary>
    public TimeSpan? UniqueFor { get; init; }

    /// <summary>Who asks, for the history.</summary>
    public string? By { get; init; }
}

/// <summary>What became of an enqueue.</summary>
/// <param name="Id">The job's id; that of the one there is when <paramref name="IsNew"/> is false.</param>
/// <param name="IsNew">False when a job with the same key stood in the way.</param>
public sealed record EnqueuedJob(long Id, bool IsNew);
