using Systemprompt.Extensions;
using Systemprompt.Scheduler;

namespace Systemprompt.Integration.Tests.Scheduler;

public sealed class ScheduleTests
{
    [Fact]
    public async Task Each_tick_is_one_job_over_all_processes()
    {
        var room = new JobRoom { NoteSchedules = [new JobSchedule("second", "* * * * * *") { Args = """{"name":"tick"}""" }] };
        await using var queue = await Queue.StartAsync(hosts: 3, room);

        await queue.Database.UntilAsync("select count(*) >= 4 from scheduler.history where kind = 'jobroom.note'");

        queue.Log.Ran.ShouldAllBe(run => run.By == "schedule jobroom.note:second");
        (await queue.Database.ScalarAsync<long>("select count(*) from (select date_trunc('second', enqueued_at) from scheduler.history where kind = 'jobroom.note' group by 1 having count(*) > 1) doubled")).ShouldBe(0);
    }

    [Fact]
    public async Task Ticks_missed_while_nobody_was_there_are_one_run_and_a_paused_schedule_makes_up_for_none()
    {
        var room = new JobRoom { NoteSchedules = [new JobSchedule("hourly", "0 * * * *") { Args = """{"name":"missed"}""" }, new JobSchedule("paused", "0 * * * *") { Args = """{"name":"paused"}""" }] };
        await using var queue = await Queue.StartAsync(room: room);
        await queue.Database.UntilAsync("select count(*) = 2 from scheduler.schedules where next_at > now() and name like 'jobroom%'");
        (await queue.Commands.RunAsync("infra", "jobs", "pause", "--schedule", "jobroom.note:paused")).Succeeded();

        await queue.Database.ExecuteAsync("update scheduler.schedules set next_at = now() - interval '5 hours' where name like 'jobroom%'");

        await queue.UntilRanAsync("missed");
        (await queue.Commands.RunAsync("infra", "jobs", "resume", "--schedule", "jobroom.note:paused")).Succeeded();
        await queue.Database.UntilAsync("select count(*) = 2 from scheduler.schedules where next_at > now() and name like 'jobroom%'");
        queue.Log.Ran.ShouldHaveSingleItem().Name.ShouldBe("missed");
    }

    [Fact]
    public async Task A_tick_is_left_out_while_the_last_one_still_runs()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync(
            """
            insert into scheduler.schedules (tenant, name, kind, cron, time_zone, args, source, next_at)
            values ('tests', 'held', 'jobroom.hold', '* * * * * *', 'UTC', '{"name":"held"}', 'test', now())
            """);
        await queue.UntilRanAsync("held");

        await queue.Database.UntilAsync("select last_at > (select min(started_at) + interval '2 s' from scheduler.jobs where kind = 'jobroom.hold') from scheduler.schedules where name = 'held'");

        queue.Log.Ran.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task One_schedule_that_fails_holds_up_no_other()
    {
        await using var queue = await Queue.StartAsync();
        await queue.Database.ExecuteAsync(
            """
            insert into scheduler.schedules (tenant, name, kind, cron, time_zone, args, source, next_at) values
                ('tests', 'a-broken', 'jobroom.note', '* * * * *', 'Mars/Olympus', '{"name":"broken"}', 'test', now() - interval '1 h'),
                ('tests', 'b-good', 'jobroom.note', '* * * * *', 'UTC', '{"name":"good"}', 'test', now() - interval '1 s')
            """);

        await queue.UntilRanAsync("good");

        queue.Log.Ran.ShouldAllBe(run => run.Name == "good");
        (await queue.Database.ScalarAsync<bool>("select next_at < now() - interval '50 min' from scheduler.schedules where name = 'a-broken'")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_profile_adds_replaces_and_removes_schedules()
    {
        var room = new JobRoom { NoteSchedules = [new JobSchedule("a", "0 1 * * *") { Args = """{"name":"a"}""" }, new JobSchedule("b", "0 2 * * *") { Args = """{"name":"b"}""" }] };
        await using var queue = await Queue.StartAsync(room: room, variables: variables => variables["SYSTEMPROMPT_PROFILE"] = "schedules");

        var rows = (await queue.Store.SchedulesAsync(CancellationToken.None)).Where(row => row.Kind.StartsWith("jobroom.", StringComparison.Ordinal)).ToList();

        rows.Select(row => (row.Name, row.Cron, row.TimeZone, row.Source)).ShouldBe(
        [
            ("jobroom.note:a", "30 3 * * 1-5", "Europe/Berlin", "profile"),
            ("nightly", "@daily", "UTC", "profile"),
        ]);
        room = new JobRoom();
        await using var other = await Queue.StartAsync(room: room);
        (await other.Store.SchedulesAsync(CancellationToken.None)).Select(row => row.Source).Distinct().ShouldBe(["extension"]);
    }

    [Fact]
    public async Task A_profile_that_names_an_unknown_job_does_not_start_and_says_where()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var commands = new CommandLine(database.Url) { Variables = { ["PORT"] = "0", ["SYSTEMPROMPT_PROFILE"] = "schedules" } };
        await using var server = commands.Server();
        await server.StartAsync(CancellationToken.None);

        var fault = await Should.ThrowAsync<ExtensionException>(() => server.Started);

        fault.Message.ShouldContain("scheduler.schedules.");
        fault.Message.ShouldContain("there is no job kind 'jobroom.note'");
    }

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00Z", "2026-03-29T01:00Z")] // the hour from 2 to 3 is skipped: right after the gap
    [InlineData("30 2 * * *", "2026-03-29T01:00Z", "2026-03-30T00:30Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z")] // the hour from 2 to 3 comes twice: the first time
    [InlineData("30 2 * * *", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    [InlineData("*/30 * * * *", "2026-10-25T00:30Z", "2026-10-25T01:00Z")] // an interval goes on through both
    [InlineData("@daily", "2026-10-25T00:30Z", "2026-10-25T23:00Z")]
    [InlineData("15 0 0 * * *", "2026-10-25T00:30Z", "2026-10-25T23:00:15Z")]
    public void Daylight_saving_neither_skips_nor_doubles_a_run(string cron, string after, string next) =>
        Cron.Next(cron, "Europe/Berlin", DateTimeOffset.Parse(after)).ShouldBe(DateTimeOffset.Parse(next));

    [Theory]
    [InlineData("60 * * * *", "is no cron expression")]
    [InlineData("every day", "is no cron expression")]
    [InlineData("", "is no cron expression")]
    [InlineData("0 0 31 2 *", "never comes")]
    public void A_wrong_expression_says_what_is_wrong(string cron, string fault) => Cron.Fault(cron).ShouldNotBeNull().ShouldContain(fault);
}
