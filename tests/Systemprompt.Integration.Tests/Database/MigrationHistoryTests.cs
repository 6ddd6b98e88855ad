using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Integration.Tests.Database;

public sealed class MigrationHistoryTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync()
    {
        _database = await DatabaseFixture.CreateEmptyAsync();
        await BringUpAsync(Catalogue.Of("billing", "create table a (id int)", "create table b (id int)"));
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_changed_applied_migration_refuses_to_start()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => BringUpAsync(Catalogue.Of("billing", "create table a (id bigint)", "create table b (id int)", "create table c (id int)")));

        fault.Message.ShouldContain("billing/001_step1.sql was changed after it was applied");
        fault.Message.ShouldContain("infra db migrate --accept-checksum billing/001");
        (await _database.ScalarAsync<bool>("select to_regclass('billing.c') is null")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_accepted_change_mends_it_and_what_is_pending_is_applied()
    {
        var changed = Catalogue.Of("billing", "create table a (id bigint)", "create table b (id int)", "create table c (id int)");
        var migrator = (await _database.StartedProcessAsync(changed)).GetRequiredService<Migrator>();

        var applied = await migrator.MigrateAsync([new MigrationStep("billing", changed.Find("billing", 1)!)], CancellationToken.None);

        applied.Select(step => step.File).ShouldBe(["billing/003_step3.sql"]);
        (await migrator.PlanAsync(CancellationToken.None)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Accepting_what_was_never_applied_is_refused()
    {
        var catalogue = Catalogue.Of("billing", "create table a (id int)", "create table b (id int)", "create table c (id int)");
        var migrator = (await _database.StartedProcessAsync(catalogue)).GetRequiredService<Migrator>();

        (await Should.ThrowAsync<DatabaseRefusedException>(() => migrator.MigrateAsync([new MigrationStep("billing", catalogue.Find("billing", 3)!)], CancellationToken.None)))
            .Message.ShouldStartWith("billing/003_step3.sql has not been applied");
    }

    [Fact]
    public async Task A_database_newer_than_the_binary_refuses_to_start() =>
        (await Should.ThrowAsync<DatabaseRefusedException>(() => BringUpAsync(Catalogue.Of("billing", "create table a (id int)"))))
            .Message.ShouldStartWith("billing/002_step2.sql is applied, but this binary only goes up to billing/001: the database is newer than the binary.");

    [Fact]
    public async Task Never_refuses_while_something_is_pending_and_starts_when_nothing_is()
    {
        var newer = Catalogue.Of("billing", "create table a (id int)", "create table b (id int)", "create table c (id int)");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => BringUpAsync(newer, MigrateWhen.Never));
        fault.Message.ShouldStartWith("1 migration is pending (billing/003_step3.sql) and database.migrate is 'never': run 'infra db migrate'");

        await BringUpAsync(newer);
        await BringUpAsync(newer, MigrateWhen.Never);
    }

    [Fact]
    public async Task Each_row_says_who_applied_it_and_how_long_it_took()
    {
        (await _database.ScalarAsync<string>("select distinct applied_by from database.migrations")).ShouldBe($"postgres@{DatabaseAddress.Instance}");
        (await _database.ScalarAsync<bool>("select bool_and(duration > '0' and applied_at <= now()) from database.migrations")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_user_without_rights_to_create_can_start_when_nothing_is_pending()
    {
        var role = $"{_database.Name}_runtime";
        await _database.ExecuteAsync($"create role {role} login; grant usage on schema database to {role}; grant select on database.migrations to {role}");
        try
        {
            var process = _database.Process(Catalogue.Of("billing", "create table a (id int)", "create table b (id int)"), settings => settings with { Url = $"{settings.Url}&user={role}" });
            await process.GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None);
            await process.DisposeAsync();
        }
        finally
        {
            await _database.ExecuteAsync($"drop owned by {role}; drop role {role}");
        }
    }

    private async Task BringUpAsync(MigrationCatalogue catalogue, MigrateWhen migrate = MigrateWhen.OnStart) =>
        await _database.Process(catalogue, settings => settings with { Migrate = migrate }).GetRequiredService<DatabaseBoot>().BringUpAsync(CancellationToken.None);
}
