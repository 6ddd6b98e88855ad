using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests.Database;

/// <summary>On a server of its own, since it is stopped and started.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly List<ServiceProvider> _processes = [];
    private PostgresCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await PostgresCluster.CreateAsync();

    public async Task DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Start_waits_for_a_database_that_is_away_and_says_so_and_goes_on_when_it_is_there()
    {
        var process = Process(Catalogue.Of("billing", "create table a (id int)"));
        var readiness = process.GetRequiredService<Readiness>();
        var bringingUp = process.GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None);
        // The second attempt, or one behind it when this thread was not asked in time.
        await Eventually(() => Regex.IsMatch(readiness.Detail, @"\(attempt ([2-9]|\d\d+)\)"));
        readiness.Detail.ShouldStartWith("waiting for the database: there is no such socket or address: no PostgreSQL runs there");
        // Health is public, and shows this.
        readiness.Detail.ShouldNotContain(_cluster.Socket);
        bringingUp.IsCompleted.ShouldBeFalse();

        await _cluster.StartServerAsync();

        await bringingUp.WaitAsync(TimeSpan.FromSeconds(30));
        (await process.GetRequiredService<Migrator>().PlanAsync(CancellationToken.None)).Pending.ShouldBeEmpty();
    }

    [Fact]
    public async Task Health_tells_the_truth_while_the_database_goes_away_and_comes_back()
    {
        await _cluster.StartServerAsync();
        var process = Process(Catalogue.Empty);
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        (await HealthAsync(process)).Status.ShouldBe(HealthStatus.Healthy);

        await _cluster.StopServerAsync("KILL");
        var away = await HealthAsync(process);
        away.Status.ShouldBe(HealthStatus.Unhealthy);
        away.Description!.ShouldStartWith("the database cannot be used: ");

        await _cluster.StartServerAsync();
        (await HealthAsync(process)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Health_reports_a_server_that_takes_no_writes()
    {
        await _cluster.StartServerAsync("default_transaction_read_only=on");
        var process = Process(Catalogue.Empty);
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);

        (await HealthAsync(process)).Description.ShouldBe("the server takes no writes (standby or read-only)");
    }

    [Fact]
    public async Task A_hundred_checks_at_once_are_one_look_over_one_connection()
    {
        await _cluster.StartServerAsync();
        var process = Process(Catalogue.Empty);
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        var probe = process.GetRequiredService<DatabaseProbe>();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => probe.CheckAsync(CancellationToken.None)));

        probe.Looks.ShouldBe(1);
    }

    [Fact]
    public async Task Health_answers_in_time_when_the_database_hangs_and_looks_do_not_pile_up()
    {
        await using var silent = new SilentServer();
        var process = Process(Catalogue.Empty, silent.Url);
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        var probe = process.GetRequiredService<DatabaseProbe>();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => probe.CheckAsync(CancellationToken.None))).WaitAsync(DatabaseProbe.Limit * 3);

        results.ShouldAllBe(result => result.Fault == "the database did not answer within 2 s" || result.Fault!.EndsWith("it did not answer in time"));
        silent.Connections.ShouldBeLessThan(3);
    }

    [Fact]
    public async Task A_disk_that_was_full_is_reported_until_a_write_works_again()
    {
        await _cluster.StartServerAsync();
        var process = Process(Catalogue.Empty);
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        var condition = process.GetRequiredService<DatabaseCondition>();

        condition.Failed(new PostgresException("could not extend file", "ERROR", "ERROR", PostgresErrorCodes.DiskFull));
        condition.WriteFault.ShouldBe("the server's disk is full");

        // This disk is not full, so the look's own write finds out.
        (await HealthAsync(process)).Status.ShouldBe(HealthStatus.Healthy);
        condition.WriteFault.ShouldBeNull();
    }

    private ServiceProvider Process(MigrationCatalogue catalogue, string? url = null)
    {
        var process = DatabaseProcess.Build(new DatabaseSettings { Url = url ?? _cluster.Url("postgres") }, catalogue);
        _processes.Add(process);
        return process;
    }

    /// <summary>What a health check says past the time for which an answer serves.</summary>
    private static async Task<HealthCheckResult> HealthAsync(ServiceProvider process)
    {
        await using var probe = new DatabaseProbe(process.GetRequiredService<DatabaseServer>(), process.GetRequiredService<DatabaseCondition>(), TimeProvider.System);
        var check = new DatabaseHealthCheck(probe, []);
        return await check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("database", check, HealthStatus.Unhealthy, null) });
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(10, limit.Token);
    }
}
