using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Integration.Tests;

/// <summary>A database of its own for one test, on the shared cluster, and the product's database services on it.</summary>
internal sealed class DatabaseFixture : IAsyncDisposable
{
    private static int _count;
    private readonly PostgresCluster _cluster;
    private readonly List<ServiceProvider> _providers = [];

    private DatabaseFixture(PostgresCluster cluster, string name)
    {
        _cluster = cluster;
        Name = name;
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>The address, as a profile would have it.</summary>
    public string Url => _cluster.Url(Name);

    /// <summary>An empty database.</summary>
    public static async Task<DatabaseFixture> CreateEmptyAsync()
    {
        var cluster = await PostgresCluster.Shared;
        var name = $"t{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        await cluster.ExecuteAsync($"create database {name} template template0");
        return new DatabaseFixture(cluster, name);
    }

    /// <summary>A process's database services, as the host would have them, on this database. Not started.</summary>
    public ServiceProvider Process(MigrationCatalogue catalogue, Func<DatabaseSettings, DatabaseSettings>? change = null, Action<IServiceCollection>? more = null)
    {
        var settings = new DatabaseSettings { Url = Url, PoolSize = 5 };
        var provider = DatabaseProcess.Build(change?.Invoke(settings) ?? settings, catalogue, more);
        _providers.Add(provider);
        return provider;
    }

    /// <summary>The same, ready to be used.</summary>
    public async Task<ServiceProvider> StartedProcessAsync(MigrationCatalogue catalogue, Func<DatabaseSettings, DatabaseSettings>? change = null)
    {
        var provider = Process(catalogue, change);
        await provider.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        return provider;
    }

    /// <summary>A plain connection, the caller's to dispose.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string application = "test")
    {
        var connection = new NpgsqlConnection($"{ConnectionUrl.Parse(Url).ConnectionString};Pooling=false;Application Name={application}");
        await connection.OpenAsync();
        return connection;
    }

    public Task ExecuteAsync(string sql) => _cluster.ExecuteAsync(sql, Name);

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until a condition on the server holds.</summary>
    public async Task UntilAsync(string condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await ScalarAsync<bool>(condition)) await Task.Delay(10, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers) await provider.DisposeAsync();
        await _cluster.ExecuteAsync($"drop database if exists {Name} with (force)");
    }
}
