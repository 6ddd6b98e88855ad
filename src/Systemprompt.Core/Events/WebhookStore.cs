using Dapper;
using Npgsql;
using Systemprompt.Profiles;

namespace Systemprompt.Events;

/// <summary>Webhooks in PostgreSQL. What signs them is a secret.</summary>
internal sealed class WebhookStore(NpgsqlDataSource database, Profile profile)
{
    private const string Columns =
        """
        name as "Name", url as "Url", kinds as "Kinds", created_at as "CreatedAt", created_by as "CreatedBy", disabled_at as "DisabledAt", disabled_because as "DisabledBecause"
        """;

    public async Task<IReadOnlyList<Webhook>> EnabledAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) => [.. await transaction.Connection!.QueryAsync<Webhook>(
        new CommandDefinition($"select {Columns} from events.webhooks where tenant = @tenant and disabled_at is null", new { tenant = profile.Tenant }, transaction, cancellationToken: cancellationToken))];

    public Task<IReadOnlyList<Webhook>> ListAsync(CancellationToken cancellationToken) =>
        QueryAsync($"select {Columns} from events.webhooks where tenant = @tenant order by name", new { tenant = profile.Tenant }, cancellationToken);

    public async Task<Webhook?> FindAsync(string name, CancellationToken cancellationToken) =>
        (await QueryAsync($"select {Columns} from events.webhooks where tenant = @tenant and name = @name", new { tenant = profile.Tenant, name }, cancellationToken)).SingleOrDefault();

    /// <summary>False when there is one of the name.</summary>
    public async Task<bool> InsertAsync(string name, string url, string[] kinds, string by, CancellationToken cancellationToken) => await ExecuteAsync(
        "insert into events.webhooks (tenant, name, url, kinds, created_by) values (@tenant, @name, @url, @kinds, @by) on conflict do nothing",
        new { tenant = profile.Tenant, name, url, kinds, by }, cancellationToken) > 0;

    /// <summary>False when there is none of the name.</summary>
    public async Task<bool> SetAsync(string name, bool enabled, string? because, CancellationToken cancellationToken) => await ExecuteAsync(
        "update events.webhooks set disabled_at = case when @enabled then null else coalesce(disabled_at, now()) end, disabled_because = case when @enabled then null else coalesce(disabled_because, @because) end where tenant = @tenant and name = @name",
        new { tenant = profile.Tenant, name, enabled, because }, cancellationToken) > 0;

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) =>
        await ExecuteAsync("delete from events.webhooks where tenant = @tenant and name = @name", new { tenant = profile.Tenant, name }, cancellationToken) > 0;

    private async Task<IReadOnlyList<Webhook>> QueryAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<Webhook>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))];
    }

    private async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}

/// <summary>A receiver outside.</summary>
internal sealed record Webhook
{
    public string Name { get; init; } = "";

    public string Url { get; init; } = "";

    public string[] Kinds { get; init; } = [];

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime? DisabledAt { get; init; }

    public string? DisabledBecause { get; init; }

    public bool Wants(string kind) => StreamEndpoint.Filter(string.Join(',', Kinds))(kind);
}
