using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database.Migrations;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Database;

/// <summary>Tables that extensions partition by day: made ahead, dropped by retention.</summary>
public sealed class DayPartitionTests
{
    private static readonly IReadOnlyList<Systemprompt.Database.Migration> Sightings =
        [new(1, "sightings", "create table sightings.seen (at timestamptz not null, what text) partition by range (at); select database.partition_by_day('sightings.seen');")];

    [Fact]
    public async Task Days_are_made_ahead_and_old_ones_are_dropped_by_the_rule_of_the_extension()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var commands = new CommandLine(database.Url, new SightingsRoom(TimeSpan.FromDays(7))) { Variables = { ["PORT"] = "0" } };
        await MigrateAsync(commands);
        await database.ExecuteAsync(
            """
            create function test_day(n int) returns text language sql as $$ select to_char((now() at time zone 'utc')::date + n, 'YYYYMMDD') $$;
            do $do$ declare n int; begin
                foreach n in array array[-30, -9, -8, -7, -6] loop
                    execute format('create table sightings.seen_%s partition of sightings.seen for values from (%L) to (%L)', test_day(n),
                        ((now() at time zone 'utc')::date + n)::timestamp at time zone 'utc', ((now() at time zone 'utc')::date + n + 1)::timestamp at time zone 'utc');
                end loop;
                execute format('drop table sightings.seen_%s', test_day(2));
            end $do$;
            insert into sightings.seen values ((now() at time zone 'utc')::date::timestamp at time zone 'utc' + interval '50 hours', 'caught by the default'), (now() - interval '30 days', 'old'), (now(), 'new');
            """);

        await using var server = commands.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started;
        (await commands.RunAsync("infra", "jobs", "run", "database.partitions")).Succeeded();

        var days = await database.ScalarAsync<string[]>("select array_agg(right(c.relname, 8) order by c.relname) from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'sightings.seen'::regclass and c.relname <> 'seen_default'");
        days.ShouldBe(await database.ScalarAsync<string[]>("select array_agg(test_day(n) order by n) from unnest(array[-7, -6, 0, 1, 2, 3]) n"));
        (await database.ScalarAsync<string[]>("select array_agg(what order by at) from sightings.seen")).ShouldBe(["new", "caught by the default"]);
        (await database.ScalarAsync<long>("select count(*) from only sightings.seen_default")).ShouldBe(0);
        await server.StopAsync();
    }

    [Fact]
    public async Task Without_a_rule_nothing_is_dropped()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var commands = new CommandLine(database.Url, new SightingsRoom(null)) { Variables = { ["PORT"] = "0" } };
        await MigrateAsync(commands);
        await database.ExecuteAsync("create table sightings.seen_20200101 partition of sightings.seen for values from ('2020-01-01Z') to ('2020-01-02Z')");
        await using var server = commands.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started;

        (await commands.RunAsync("infra", "jobs", "run", "database.partitions")).Succeeded();

        (await database.ScalarAsync<bool>("select to_regclass('sightings.seen_20200101') is not null")).ShouldBeTrue();
        await server.StopAsync();
    }

    [Theory]
    [InlineData("select database.partition_by_day('sightings.nothing')")]
    [InlineData("create table sightings.plain (at timestamptz); select database.partition_by_day('sightings.plain')")]
    [InlineData("select database.ensure_days('scheduler.jobs')")]
    [InlineData("select database.drop_days('scheduler.jobs', '1 day')")]
    [InlineData("select database.drop_days('sightings.seen', '-1 day')")]
    public async Task What_is_not_partitioned_by_day_is_refused(string sql)
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        await MigrateAsync(new CommandLine(database.Url, new SightingsRoom(null)));

        await Should.ThrowAsync<Npgsql.PostgresException>(() => database.ExecuteAsync(sql));
    }

    [Fact]
    public async Task A_role_that_may_not_create_tables_runs_jobs_and_keeps_days()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        await MigrateAsync(new CommandLine(database.Url, new SightingsRoom(TimeSpan.FromDays(7))));
        var role = $"runtime_{database.Name}";
        await database.ExecuteAsync($"create role {role} login; select audit.grant_runtime('{role}'); select database.grant_runtime('{role}')");
        try
        {
            await database.ExecuteAsync("drop table sightings.seen_" + await database.ScalarAsync<string>("select to_char((now() at time zone 'utc')::date + 3, 'YYYYMMDD')"));
            var commands = new CommandLine(database.Url.Replace("postgres://postgres@", $"postgres://{role}@", StringComparison.Ordinal), new SightingsRoom(TimeSpan.FromDays(7)))
            {
                Variables = { ["PORT"] = "0", ["MIGRATE"] = "never" },
            };
            await using var server = commands.Server();
            await server.StartAsync(CancellationToken.None);
            await server.Started;

            (await commands.RunAsync("infra", "jobs", "run", "database.partitions")).Succeeded();
            (await commands.RunAsync("infra", "jobs", "run", "scheduler.probe")).Succeeded();
            (await database.ScalarAsync<bool>("select to_regclass('sightings.seen_' || to_char((now() at time zone 'utc')::date + 3, 'YYYYMMDD')) is not null")).ShouldBeTrue();
            await server.StopAsync();
        }
        finally
        {
            await database.ExecuteAsync($"drop owned by {role}; drop role {role}");
        }
    }

    private static async Task MigrateAsync(CommandLine commands)
    {
        await using var services = await commands.ServicesAsync();
        await services.Provider.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
    }

    [Extension("sightings")]
    private sealed class SightingsRoom(TimeSpan? keep) : Extension
    {
        public override IReadOnlyList<string> Dependencies => ["database"];

        public override IReadOnlyList<Systemprompt.Database.Migration> Migrations => Sightings;

        public override IReadOnlyList<RetentionRule> Retention => [new("sightings.seen", _ => keep)];
    }
}
