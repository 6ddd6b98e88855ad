using System.Text.Json;
using Dapper;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Profiles;
using Systemprompt.Users;

namespace Systemprompt.Budgets;

/// <summary>Budgets that were set live, the record of every change, and what windows came to.</summary>
internal sealed class BudgetStore(NpgsqlDataSource database, Profile profile)
{
    /// <summary>Where a change is announced; what is announced is only that there is one.</summary>
    public const string Channel = "budgets_changed";

    public Task<IReadOnlyList<BudgetRow>> ReadAsync(CancellationToken cancellationToken) => QueryAsync<BudgetRow>(
        """
        select name as "Name", version as "Version", spec::text as "Spec", updated_at as "UpdatedAt", updated_by as "UpdatedBy"
          from budgets.definitions
         where tenant = @tenant
         order by name
        """, new { tenant = profile.Tenant }, cancellationToken);

    /// <summary>Keeps a budget, or with no spec that it is off, and tells every process. The version it has now.</summary>
    public Task<long> SetAsync(string name, BudgetSettings? budget, string change, string by, CancellationToken cancellationToken) => ChangeAsync(name, change, budget, by,
        """
        insert into budgets.definitions (tenant, name, version, spec, updated_by) values (@tenant, @name, @version, @spec::jsonb, @by)
        on conflict (tenant, name) do update set version = excluded.version, spec = excluded.spec, updated_at = now(), updated_by = excluded.updated_by
        """, cancellationToken);

    /// <summary>Takes away what was set live, and tells every process: the profile's counts again.</summary>
    public Task<long> ResetAsync(string name, BudgetSettings? profiles, string by, CancellationToken cancellationToken) =>
        ChangeAsync(name, "reset", profiles, by, "delete from budgets.definitions where tenant = @tenant and name = @name", cancellationToken);

    public Task<IReadOnlyList<BudgetChange>> ChangesAsync(string name, int limit, CancellationToken cancellationToken) => QueryAsync<BudgetChange>(
        """
        select version as "Version", change as "Change", spec::text as "Spec", by_whom as "ByWhom", at as "At"
          from budgets.changes
         where tenant = @tenant and name = @name
         order by version desc
         limit @limit
        """, new { tenant = profile.Tenant, name, limit }, cancellationToken);

    /// <summary>Windows that were not over at a moment. A key is one as it stands in the table, or what is behind its first slash: patterns of models have slashes of their own.</summary>
    public Task<IReadOnlyList<WindowRow>> UsageAsync(string? name, string? key, DateTimeOffset? since, int limit, CancellationToken cancellationToken) => QueryAsync<WindowRow>(
        """
        select budget as "Budget", key as "Key", unit as "Unit", period as "Period", start_at as "StartAt", end_at as "EndAt", budget_limit as "Limit", spent as "Used",
               assumed as "Assumed", leased as "Leased", calls as "Calls"
          from budgets.windows
         where tenant = @tenant and end_at > coalesce(@since, now()) and (@name::text is null or budget = @name) and (@key::text is null or key = @key or substr(key, strpos(key, '/') + 1) = @key)
         order by start_at desc, budget, spent desc, key
         limit @limit
        """, new { tenant = profile.Tenant, name, key = key is null ? null : KeyPart.NameOf(key) ?? key, since = since?.UtcDateTime, limit }, cancellationToken);

    private async Task<long> ChangeAsync(string name, string change, BudgetSettings? budget, string by, string statement, CancellationToken cancellationToken)
    {
        // Two who change the same budget take turns.
        const string next = """
            select pg_advisory_xact_lock(hashtextextended('budgets ' || @tenant || ' ' || @name, 0));
            select coalesce(max(version), 0) + 1 from budgets.changes where tenant = @tenant and name = @name
            """;
        const string note = "insert into budgets.changes (tenant, name, version, change, spec, by_whom) values (@tenant, @name, @version, @change, @spec::jsonb, @by)";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        long version;
        await using (var answers = await connection.QueryMultipleAsync(new CommandDefinition(next, new { tenant = profile.Tenant, name }, transaction, cancellationToken: cancellationToken)))
        {
            await answers.ReadAsync();
            version = await answers.ReadSingleAsync<long>();
        }

        var row = new { tenant = profile.Tenant, name, version, change, spec = budget is null ? null : BudgetJson.Write(budget), by };
        foreach (var sql in new[] { statement, note }) await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
        await NotifyBus.PublishAsync(connection, Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))];
    }
}

/// <summary>A budget that was set live.</summary>
internal sealed record BudgetRow
{
    public string Name { get; init; } = "";

    public long Version { get; init; }

    /// <summary>Null: the budget of this name is off.</summary>
    public string? Spec { get; init; }

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";

    /// <summary>Null when it is in a form that this version does not understand.</summary>
    public BudgetSettings? Read()
    {
        try
        {
            var budget = BudgetJson.Read(Spec!);
            return BudgetRules.Faults(budget, kept: true).Any() ? null : budget;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A change of a budget.</summary>
internal sealed record BudgetChange
{
    public long Version { get; init; }

    public string Change { get; init; } = "";

    public string? Spec { get; init; }

    public string ByWhom { get; init; } = "";

    public DateTime At { get; init; }
}

/// <summary>What a budget came to in one window for one key.</summary>
internal sealed record WindowRow
{
    public string Budget { get; init; } = "";

    /// <summary>Such as <c>user/alice</c>; <c>tenant</c> for the tenant's.</summary>
    public string Key { get; init; } = "";

    public string Unit { get; init; } = "";

    public string Period { get; init; } = "";

    public DateTime StartAt { get; init; }

    public DateTime EndAt { get; init; }

    public long Limit { get; init; }

    /// <summary>Spent, the assumed part with it.</summary>
    public long Used { get; init; }

    /// <summary>The part of <see cref="Used"/> whose amount nobody said.</summary>
    public long Assumed { get; init; }

    /// <summary>Handed out to replicas, not spent yet.</summary>
    public long Leased { get; init; }

    public long Calls { get; init; }

    public long Remaining => Math.Max(0, Limit - Used - Leased);
}
