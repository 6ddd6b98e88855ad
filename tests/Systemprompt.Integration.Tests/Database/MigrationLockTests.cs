using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Integration.Tests.Database;

public sealed class MigrationLockTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Who_holds_the_lock_for_too_long_is_named()
    {
        await using var holder = await _database.ConnectAsync("myco:other:77 migrate");
        await ExecuteAsync(holder, $"select pg_advisory_lock({MigrationLock.Key})");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing", "create table a (id int)"), TimeSpan.FromMilliseconds(300)));

        fault.Message.ShouldStartWith("another process has been migrating the database for longer than database.lock_timeout (0.3 s): "
            + $"pid {holder.ProcessID} (application 'myco:other:77 migrate', user 'postgres', from this machine, idle for 0 s; end it with: select pg_terminate_backend({holder.ProcessID})).");
    }

    [Fact]
    public async Task A_process_that_waits_goes_on_when_the_holder_dies()
    {
        var holder = await _database.ConnectAsync();
        await ExecuteAsync(holder, $"select pg_advisory_lock({MigrationLock.Key})");
        var migrating = MigrateAsync(Catalogue.Of("billing", "create table a (id int)"), TimeSpan.FromSeconds(60));
        await _database.UntilAsync("select count(*) = 1 from pg_stat_activity where application_name like '% migrate'");

        await _database.ExecuteAsync($"select pg_terminate_backend({holder.ProcessID})");

        (await migrating).Count.ShouldBe(1);
        await holder.DisposeAsync();
    }

    [Fact]
    public async Task A_table_somebody_uses_ends_in_a_message_that_names_him()
    {
        await MigrateAsync(Catalogue.Of("billing", "create table a (id int)"), TimeSpan.FromSeconds(60));
        await using var user = await _database.ConnectAsync("a report");
        await ExecuteAsync(user, "begin; lock table billing.a in access share mode");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() =>
            MigrateAsync(Catalogue.Of("billing", "create table a (id int)", "create table b (id int);\nalter table a add b int"), TimeSpan.FromMilliseconds(1500)));

        fault.Message.ShouldMatch(
            @"\Abilling/002_step2\.sql:2: canceling statement due to lock timeout \(55P03\)\. It waited 1\.5 s \(database\.lock_timeout\) for "
            + $@"pid {user.ProcessID} \(application 'a report', user 'postgres', from this machine, idle in transaction for \d s; end it with: select pg_terminate_backend\({user.ProcessID}\)\)\.");
        (await _database.ScalarAsync<bool>("select to_regclass('billing.b') is null")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiting_process_does_not_stand_in_the_way_of_a_concurrent_index()
    {
        var catalogue = Catalogue.Of("billing",
            "create table a (id int)",
            "-- no-transaction\nselect pg_sleep(0.3); create index concurrently on a (id);");

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MigrateAsync(catalogue, TimeSpan.FromSeconds(60))));

        runs.Sum(run => run.Count).ShouldBe(2);
    }

    [Fact]
    public async Task A_session_ended_in_mid_migration_keeps_nothing_of_it_and_the_next_run_completes()
    {
        var catalogue = Catalogue.Of("billing", "create table a (id int)", "create table b (id int); select pg_sleep(60)");
        var migrating = MigrateAsync(catalogue, TimeSpan.FromSeconds(60));
        await _database.UntilAsync("select count(*) = 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and datname = current_database()");

        await _database.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%' and pid <> pg_backend_pid() and datname = current_database()");

        (await Should.ThrowAsync<PostgresException>(() => migrating)).SqlState.ShouldBe(PostgresErrorCodes.AdminShutdown);
        (await _database.ScalarAsync<bool>("select to_regclass('billing.a') is not null and to_regclass('billing.b') is null")).ShouldBeTrue();
        (await _database.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())")).ShouldBe(0);
        (await MigrateAsync(Catalogue.Of("billing", "create table a (id int)", "create table b (id int)"), TimeSpan.FromSeconds(60))).Count.ShouldBe(1);
    }

    private async Task<IReadOnlyList<MigrationStep>> MigrateAsync(MigrationCatalogue catalogue, TimeSpan lockTimeout)
    {
        var process = await _database.StartedProcessAsync(catalogue, settings => settings with { LockTimeout = lockTimeout });
        return await process.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
