using Npgsql;

namespace Systemprompt.Testing;

/// <summary>Makes and drops databases.</summary>
/// <param name="address">One that stays, from which it is done.</param>
internal sealed class TestDatabaseStore(NpgsqlConnectionStringBuilder address)
{
    public Task CreateAsync(string name, CancellationToken cancellationToken) => ExecuteAsync($"create database {name}", cancellationToken);

    /// <summary>A copy of one that is closed.</summary>
    public Task CopyAsync(string name, string template, CancellationToken cancellationToken) => ExecuteAsync($"create database {name} template {template}", cancellationToken);

    /// <summary>Lets nobody connect any more: a database that somebody is connected to cannot be copied.</summary>
    public Task CloseAsync(string name, CancellationToken cancellationToken) => ExecuteAsync($"alter database {name} with is_template true allow_connections false", cancellationToken);

    /// <summary>Drops one, whoever may still be connected.</summary>
    public Task DropAsync(string name, CancellationToken cancellationToken) => ExecuteAsync($"drop database if exists {name} with (force)", cancellationToken);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
