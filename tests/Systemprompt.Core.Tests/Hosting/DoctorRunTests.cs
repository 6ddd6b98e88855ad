using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Hosting;

public sealed class DoctorRunTests
{
    private static readonly IServiceProvider None = new ServiceCollection().BuildServiceProvider();

    [Fact]
    public async Task A_check_that_throws_hangs_or_says_nothing_is_a_finding()
    {
        (await RunAsync(new DoctorCheck("silent", (_, _) => Task.CompletedTask))).ShouldBe(new DoctorFinding("silent", "ok", "nothing to look at", null));
        (await RunAsync(new DoctorCheck("broken", (_, _) => throw new InvalidOperationException("no")))).Result.ShouldBe("fail");
        var hung = await RunAsync(new DoctorCheck("hung", (_, token) => Task.Delay(-1, token)) { Timeout = TimeSpan.FromMilliseconds(20) });
        (hung.Result, hung.Remedy).ShouldBe(("fail", "find out what keeps it: the network, a name server, or the disk; then run doctor again"));
    }

    [Theory]
    [InlineData(50_000_000, "fail")]
    [InlineData(500_000_000, "warn")]
    [InlineData(5_000_000_000, "ok")]
    public void Free_space_is_judged(long free, string result)
    {
        var call = new DoctorCall("disk", None);

        MachineChecks.JudgeSpace(call, "storage.path", "/data", free);

        call.Findings.ShouldHaveSingleItem().Result.ShouldBe(result);
    }

    [Theory]
    [InlineData(1.5, "ok")]
    [InlineData(-3, "warn")]
    [InlineData(6, "fail")]
    public void Clocks_that_are_apart_are_judged(double seconds, string result)
    {
        var call = new DoctorCall("postgresql clock", None);

        DatabaseDoctor.JudgeClock(call, TimeSpan.FromSeconds(seconds));

        call.Findings.ShouldHaveSingleItem().Result.ShouldBe(result);
    }

    [Fact]
    public void A_newer_server_is_a_warning_and_many_processes_are_counted()
    {
        var call = new DoctorCall("postgresql", None);

        DatabaseDoctor.Judge(call, new DatabaseFacts { Version = new Version(19, 1), Encoding = "UTF8", ClusterName = "", SynchronousCommit = "on", Instances = 5, Reserved = 3 }, new DatabaseSettings(), mayLose: false);

        call.Findings.Select(finding => finding.Result).ShouldBe(["warn", "warn"]);
        call.Findings[1].Detail.ShouldBe("the server gives 97 connections and 5 running processes may want 115");
    }

    [Fact]
    public void A_pooler_before_the_server_itself_is_a_failure_with_its_remedy()
    {
        var call = new DoctorCall("postgresql", None);

        DatabaseDoctor.Judge(call, new DatabaseFacts { Version = new Version(18, 4), Encoding = "UTF8", ClusterName = "", SynchronousCommit = "on", IsPooled = true }, new DatabaseSettings(), mayLose: false);

        var finding = call.Findings.ShouldHaveSingleItem();
        finding.Result.ShouldBe("fail");
        finding.Remedy.ShouldNotBeNull().ShouldContain("DATABASE_DIRECT_URL");
    }

    private static async Task<DoctorFinding> RunAsync(DoctorCheck check) => (await DoctorRun.RunAsync(check, None, TimeProvider.System, CancellationToken.None)).ShouldHaveSingleItem();
}
