using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Integration.Tests.Database;

public sealed class MigratorTests : IAsyncLifetime
{
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Each_extension_gets_its_schema_and_its_tables_land_there()
    {
        var applied = await MigrateAsync(Catalogue.Of(
            Catalogue.Source("billing", "create table invoices (id int)", "alter table invoices add total bigint"),
            Catalogue.Source("crm", "create table people (id int); create view names as select id from people")));

        applied.Select(step => step.File).ShouldBe(["billing/001_step1.sql", "billing/002_step2.sql", "crm/001_step1.sql"]);
        (await _database.ScalarAsync<bool>("select to_regclass('billing.invoices') is not null and to_regclass('crm.names') is not null")).ShouldBeTrue();
        (await _database.ScalarAsync<string>("select string_agg(extension || number, ' ' order by applied_at, number) from database.migrations")).ShouldBe("billing1 billing2 crm1");
    }

    [Fact]
    public async Task A_second_run_does_nothing()
    {
        var catalogue = Catalogue.Of("billing", "create table invoices (id int)");
        await MigrateAsync(catalogue);

        (await MigrateAsync(catalogue)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_eight_processes_at_once_one_migrates_and_the_others_find_nothing_to_do()
    {
        var catalogue = Catalogue.Of("billing", "create table invoices (id int); select pg_sleep(0.3)", "insert into invoices values (1)");

        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => MigrateAsync(catalogue)));

        runs.Count(run => run.Count == 2).ShouldBe(1);
        runs.Count(run => run.Count == 0).ShouldBe(7);
        (await _database.ScalarAsync<long>("select count(*) from billing.invoices")).ShouldBe(1);
    }

    [Fact]
    public async Task A_failing_migration_names_its_line_and_leaves_what_was_before()
    {
        var catalogue = Catalogue.Of("billing", "create table invoices (id int)", "-- totals\nalter table invoices add total bigint;\n\nalter table\n  invoces add note text;\n");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(catalogue));

        fault.Message.ShouldBe("billing/002_step2.sql:4: relation \"invoces\" does not exist (42P01). Nothing of this migration has been kept; all before it stand.");
        (await _database.ScalarAsync<long>("select count(*) from information_schema.columns where table_schema = 'billing'")).ShouldBe(1);
        (await _database.ScalarAsync<int>("select max(number) from database.migrations")).ShouldBe(1);
    }

    [Fact]
    public async Task A_syntax_error_is_placed_on_its_line()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing", "create table a (id int);\ncreate table b (\n  id int,\n  nmae text oops\n);")));

        fault.Message.ShouldStartWith("billing/001_step1.sql:4: syntax error at or near \"oops\" (42601).");
    }

    [Fact]
    public async Task A_deferred_constraint_that_fails_at_commit_names_the_file()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing",
            "create table a (id int primary key, b int references a deferrable initially deferred); insert into a values (1, 2)")));

        fault.Message.ShouldStartWith("billing/001_step1.sql: insert or update on table \"a\" violates foreign key constraint");
    }

    [Fact]
    public async Task Transaction_control_inside_a_migration_is_refused_with_its_line()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing", "create table a (id int);\ncommit;\ncreate table b (id int)")));

        fault.Message.ShouldStartWith("billing/001_step1.sql:2: 'commit' may not stand in a migration");
        (await _database.ScalarAsync<bool>("select to_regclass('billing.a') is null")).ShouldBeTrue();
    }

    [Fact]
    public async Task Bodies_with_semicolons_are_sent_whole()
    {
        await MigrateAsync(Catalogue.Of("billing",
            """
            create function twice(i int) returns int begin atomic select 1; select case when i > 0 then i * 2 else 0 end; end;
            create function thrice(i int) returns int language plpgsql as $$ begin return i * 3; end $$;
            create table log (t text);
            create rule watched as on insert to log do also (select 1; select 2);
            do $body$ begin insert into log values ('a;b'); end $body$;
            """));

        (await _database.ScalarAsync<int>("select billing.twice(4) + billing.thrice(1)")).ShouldBe(11);
    }

    [Fact]
    public async Task A_fault_inside_a_body_with_semicolons_is_placed_on_its_line()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing",
            "create function f() returns int begin atomic\n  select 1;\n  select * from nowhere;\nend")));

        fault.Message.ShouldStartWith("billing/001_step1.sql:3: relation \"nowhere\" does not exist");
    }

    [Fact]
    public async Task Without_a_transaction_runs_what_refuses_one()
    {
        await MigrateAsync(Catalogue.Of("billing",
            "create table invoices (id int)",
            "-- no-transaction\ncreate index concurrently by_id on invoices (id);\ncreate index concurrently by_id2 on invoices (id);\nset search_path to pg_catalog;",
            "create table after (id int)"));

        (await _database.ScalarAsync<bool>("select to_regclass('billing.by_id2') is not null and to_regclass('billing.after') is not null")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_failure_without_a_transaction_says_that_its_earlier_statements_stand()
    {
        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => MigrateAsync(Catalogue.Of("billing", "-- no-transaction\ncreate table a (id int);\ncreate table a (id int);")));

        fault.Message.ShouldStartWith("billing/001_step1.sql:3: relation \"a\" already exists (42P07). It ran outside a transaction, so its statements before that line stand");
        (await _database.ScalarAsync<long>("select count(*) from database.migrations")).ShouldBe(0);
    }

    [Fact]
    public async Task What_one_migration_sets_does_not_reach_the_next()
    {
        await MigrateAsync(Catalogue.Of(
            Catalogue.Source("billing", "set search_path to public"),
            Catalogue.Source("crm", "create table people (id int)")));

        (await _database.ScalarAsync<bool>("select to_regclass('crm.people') is not null")).ShouldBeTrue();
    }

    private async Task<IReadOnlyList<MigrationStep>> MigrateAsync(MigrationCatalogue catalogue)
    {
        var process = await _database.StartedProcessAsync(catalogue);
        return await process.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
    }
}
