using Microsoft.Extensions.Time.Testing;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Hosting;

/// <summary>API_READY: a flag to look at, a task to await, a broadcast to hear.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public void It_starts_not_ready_and_says_what_it_waits_for()
    {
        using var readiness = new Readiness();
        (readiness.State, readiness.IsReady, readiness.WhenReady.IsCompleted).ShouldBe((ReadyState.Starting, false, false));

        readiness.Report("waiting for the database");

        readiness.Detail.ShouldBe("waiting for the database");
        readiness.State.ShouldBe(ReadyState.Starting);
    }

    [Fact]
    public async Task Ready_completes_the_task_and_is_broadcast()
    {
        using var readiness = new Readiness();
        var heard = new List<ReadyState>();
        readiness.Changed += heard.Add;

        readiness.Set(ReadyState.Ready, "ready");

        await readiness.WhenReady.WaitAsync(TimeSpan.FromSeconds(10));
        readiness.IsReady.ShouldBeTrue();
        heard.ShouldBe([ReadyState.Ready]);
    }

    [Fact]
    public void Stopping_is_broadcast_at_once_and_the_drain_ends_when_its_time_is_over()
    {
        var clock = new FakeTimeProvider();
        using var readiness = new Readiness();
        readiness.Set(ReadyState.Ready, "ready");
        var heard = new List<ReadyState>();
        readiness.Changed += heard.Add;

        readiness.BeginStopping(TimeSpan.FromSeconds(20), clock);

        (readiness.IsReady, readiness.DrainDeadline.IsCancellationRequested).ShouldBe((false, false));
        heard.ShouldBe([ReadyState.Stopping]);
        clock.Advance(TimeSpan.FromSeconds(19.9));
        readiness.DrainDeadline.IsCancellationRequested.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(0.1));
        readiness.DrainDeadline.IsCancellationRequested.ShouldBeTrue();
        // Who awaited it once has been told; that it stops is not a reason to wait for it again.
        readiness.WhenReady.IsCompletedSuccessfully.ShouldBeTrue();
    }
}
