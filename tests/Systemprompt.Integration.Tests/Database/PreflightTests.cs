using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database;

namespace Systemprompt.Integration.Tests.Database;

public sealed class PreflightTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData("12.22")]
    [InlineData("9.6.24")]
    [InlineData("14.13 (Debian 14.13-1)")]
    public async Task An_old_server_is_refused_with_both_versions_and_the_remedy(string version)
    {
        await using var stub = new GreetingStub(version);

        var fault = await RefusedAsync(stub.Url);

        fault.Message.ShouldEndWith($"is version {version}, and this needs 15 or newer (tested with 15 and 18); upgrade the server, or point database.url at a newer one");
        fault.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_server_that_may_lose_commits_is_refused()
    {
        await using var cluster = await PostgresCluster.StartAsync("cluster_name=precious");

        (await RefusedAsync(cluster.Url("postgres"))).Message.ShouldContain("runs with fsync=off: it can lose committed audit rows");
    }

    [Fact]
    public async Task A_database_in_another_encoding_is_refused()
    {
        var name = $"{_database.Name}_latin";
        var cluster = await PostgresCluster.Shared;
        await cluster.ExecuteAsync($"create database {name} encoding 'LATIN1' template template0");
        try
        {
            (await RefusedAsync(cluster.Url(name))).Message.ShouldContain("has encoding LATIN1, and this needs UTF8");
        }
        finally
        {
            await cluster.ExecuteAsync($"drop database {name} with (force)");
        }
    }

    [Fact]
    public void A_data_source_cannot_be_had_before_the_start_and_the_message_says_when()
    {
        var process = _database.Process(Catalogue.Empty);

        Should.Throw<InvalidOperationException>(() => process.GetRequiredService<NpgsqlDataSource>()).Message.ShouldStartWith("the database is not up yet");
        Should.Throw<InvalidOperationException>(() => process.GetRequiredKeyedService<NpgsqlDataSource>("direct"));
    }

    [Fact]
    public async Task The_runtime_pool_leaves_nothing_to_reset_and_the_direct_one_resets()
    {
        var process = await _database.StartedProcessAsync(Catalogue.Empty);

        foreach (var (source, left) in new[] { (process.GetRequiredService<NpgsqlDataSource>(), "3s"), (process.GetRequiredKeyedService<NpgsqlDataSource>("direct"), "0") })
        {
            await using (var first = await source.OpenConnectionAsync()) await new NpgsqlCommand("set statement_timeout = '3s'", first).ExecuteNonQueryAsync();
            await using var second = await source.OpenConnectionAsync();
            (await new NpgsqlCommand("show statement_timeout", second).ExecuteScalarAsync()).ShouldBe(left);
        }
    }

    private async Task<DatabaseRefusedException> RefusedAsync(string url)
    {
        var process = _database.Process(Catalogue.Empty, settings => settings with { Url = url });
        return await Should.ThrowAsync<DatabaseRefusedException>(() => process.GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None));
    }
}
