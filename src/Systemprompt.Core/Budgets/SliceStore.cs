using Dapper;
using Npgsql;
using NpgsqlTypes;
using Systemprompt.Profiles;

namespace Systemprompt.Budgets;

/// <summary>What replicas do to windows: leases, reports, and the settling of those that are gone.</summary>
internal sealed class SliceStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a replica asks others for what they do not need; and where they say that they gave it.</summary>
    public const string RecallChannel = "budgets_recall", ReturnedChannel = "budgets_returned";

    /// <summary>A new replica with a lease, and database time.</summary>
    public Task<DateTime> RegisterAsync(Guid replica, TimeSpan lease, CancellationToken cancellationToken) => ScalarAsync<DateTime>(
        "insert into budgets.replicas (id, tenant, lease_until) values (@replica, @tenant, clock_timestamp() + @lease) returning clock_timestamp()",
        new { replica, tenant = profile.Tenant, lease }, cancellationToken);

    /// <summary>Renews a lease: database time, or null when the replica was taken for dead.</summary>
    public Task<DateTime?> BeatAsync(Guid replica, TimeSpan lease, CancellationToken cancellationToken) => ScalarAsync<DateTime?>(
        "update budgets.replicas set lease_until = clock_timestamp() + @lease where id = @replica and not closed returning clock_timestamp()", new { replica, lease }, cancellationToken);

    /// <summary>A replica ends. What it still holds, others settle.</summary>
    public Task EndAsync(Guid replica, CancellationToken cancellationToken) => ScalarAsync<object?>(
        """
        update budgets.replicas set lease_until = clock_timestamp() - interval '1 microsecond' where id = @replica;
        delete from budgets.replicas where id = @replica and not exists (select from budgets.leases where replica = @replica and held > 0);
        delete from budgets.leases where replica = @replica and not exists (select from budgets.replicas where id = @replica)
        """, new { replica }, cancellationToken);

    /// <summary>Reports, gives back and asks for more, of several slices in one transaction: those in order, so that replicas do not wait for each other in a circle.</summary>
    public async Task<IReadOnlyList<SliceAnswer>> SyncAsync(Replica replica, IReadOnlyList<SliceMessage> messages, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select s.granted, coalesce(s.total_spent, 0), coalesce(s.total_leased, 0)
              from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                          $14::bigint[], $15::bigint[], $16::bigint[])
                   with ordinality as m (budget, unit, period, key, start_at, end_at, amount, seq, spent, assumed, calls, keep, need, want, n),
                   lateral budgets.sync($1, $2, m.budget, m.unit, m.period, m.key, m.start_at, m.end_at, m.amount, m.seq, m.spent, m.assumed, m.calls, m.keep, m.need, m.want, true) s
             order by m.n
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = profile.Tenant });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = replica.Id });
        Texts(message => message.Slice.Id.Budget);
        Texts(message => BudgetText.Word(message.Slice.Id.Unit));
        Texts(message => BudgetText.Word(message.Slice.Id.Period));
        Texts(message => message.Slice.Id.Key);
        Times(message => message.Slice.Id.Window.Start);
        Times(message => message.Slice.Id.Window.End);
        foreach (var take in new Func<SliceMessage, long>[]
                 {
                     message => message.Slice.Limit, message => message.Report.Sequence, message => message.Report.Spent, message => message.Report.Assumed, message => message.Report.Calls,
                     message => message.Report.Keep, message => message.Need, message => message.Want,
                 })
            command.Parameters.Add(new NpgsqlParameter { Value = messages.Select(take).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        var answers = new List<SliceAnswer>(messages.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) answers.Add(new SliceAnswer(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        return answers;

        void Texts(Func<SliceMessage, string> take) => command.Parameters.Add(new NpgsqlParameter { Value = messages.Select(take).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        void Times(Func<SliceMessage, DateTimeOffset> take) =>
            command.Parameters.Add(new NpgsqlParameter { Value = messages.Select(message => take(message).UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
    }

    /// <summary>Forgets slices of windows that were over long ago; what was spent of them stands in the windows.</summary>
    public Task TidyAsync(CancellationToken cancellationToken) => ScalarAsync<object?>(
        "delete from budgets.leases where tenant = @tenant and held = 0 and end_at < clock_timestamp() - interval '1 day'", new { tenant = profile.Tenant }, cancellationToken);

    /// <summary>
    /// Closes one replica whose lease has run out, and settles its slices by what its calls came to. The row's lock lets one process at a time
    /// work on a replica. It is gone when none of its calls is open any more.
    /// </summary>
    /// <param name="not">None of these.</param>
    /// <param name="sum">What its calls came to, those from a moment on.</param>
    /// <param name="cancellationToken">Gives up; nothing has changed then.</param>
    /// <returns>Which, and whether it is gone; null when there is none.</returns>
    public async Task<(Guid Replica, bool IsGone)?> ReclaimOneAsync(IReadOnlyList<Guid> not, Func<Guid, DateTime, Task<IReadOnlyDictionary<LeaseKey, LeaseSum>>> sum, CancellationToken cancellationToken)
    {
        const string find = """
            update budgets.replicas set closed = true
             where id = (select id from budgets.replicas
                          where tenant = @tenant and id <> all(@not) and lease_until < clock_timestamp()
                          order by lease_until
                          limit 1 for update skip locked)
            returning id
            """;
        const string held = """
            select budget as "Budget", unit as "Unit", period as "Period", key as "Key", start_at as "StartAt", end_at as "EndAt", seq as "Sequence"
              from budgets.leases where replica = @replica
             order by budget, unit, period, key, start_at
            """;
        const string settle = """
            select budgets.sync(@tenant, @replica, @Budget, @Unit, @Period, @Key, @StartAt, @EndAt, 0, @Sequence, @Spent, @Assumed, @Calls, @Pending, 0, 0, false)
            """;
        const string end = """
            delete from budgets.leases where replica = @replica;
            delete from budgets.replicas where id = @replica
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var tenant = profile.Tenant;
        if (await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(find, new { tenant, not = not.ToArray() }, transaction, cancellationToken: cancellationToken)) is not { } replica) return null;
        var leases = (await connection.QueryAsync<LeaseRow>(new CommandDefinition(held, new { replica }, transaction, cancellationToken: cancellationToken))).AsList();
        var sums = leases.Count == 0 ? new Dictionary<LeaseKey, LeaseSum>() : await sum(replica, leases.Min(lease => lease.StartAt));
        var open = false;
        foreach (var lease in leases)
        {
            var came = sums.GetValueOrDefault(new LeaseKey(lease.Budget, lease.Unit, lease.Period, lease.Key, lease.StartAt));
            open |= came.Open > 0;
            var row = new { tenant, replica, lease.Budget, lease.Unit, lease.Period, lease.Key, lease.StartAt, lease.EndAt, lease.Sequence, came.Spent, came.Assumed, came.Calls, came.Pending };
            await connection.ExecuteAsync(new CommandDefinition(settle, row, transaction, cancellationToken: cancellationToken));
        }

        if (!open) await connection.ExecuteAsync(new CommandDefinition(end, new { replica }, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return (replica, !open);
    }

    private async Task<T?> ScalarAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}

/// <summary>A slice, what is said of it, what must be had, and what is wanted.</summary>
internal readonly record struct SliceMessage(Slice Slice, SliceReport Report, long Need = 0, long Want = 0);

/// <summary>What became of a message: what was granted, or that it was not taken (-1, -2), and how the window stands.</summary>
internal readonly record struct SliceAnswer(long Granted, long Spent, long Leased)
{
    public bool ReplicaIsClosed => Granted == -1;

    public bool WasLate => Granted == -2;
}

/// <summary>Which lease of a replica.</summary>
internal readonly record struct LeaseKey(string Budget, string Unit, string Period, string Key, DateTime Start);

/// <summary>What a replica's calls came to on a lease: those that ended, and what those that are open have reserved.</summary>
internal record struct LeaseSum(long Spent, long Assumed, long Calls, long Pending, int Open);

/// <summary>A lease as read.</summary>
internal sealed record LeaseRow
{
    public string Budget { get; init; } = "";

    public string Unit { get; init; } = "";

    public string Period { get; init; } = "";

    public string Key { get; init; } = "";

    public DateTime StartAt { get; init; }

    public DateTime EndAt { get; init; }

    public long Sequence { get; init; }
}
