using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Hosting;

public sealed class ClockWatchTests
{
    [Fact]
    public async Task A_jump_of_the_clock_is_seen_and_forgotten_after_some_minutes()
    {
        var clock = new TwoClocks();
        await using var watch = new ClockWatch(new BackgroundLoops(clock, NullLogger<BackgroundLoops>.Instance), clock, NullLogger<ClockWatch>.Instance);
        watch.Start();
        clock.Pass(TimeSpan.FromMinutes(1));
        watch.Look();
        watch.Last.ShouldBeNull();

        clock.Wall -= TimeSpan.FromMinutes(3);
        watch.Look();

        watch.Last.ShouldBe(TimeSpan.FromMinutes(-3));
        (await new ClockHealthCheck(watch).CheckHealthAsync(new HealthCheckContext())).Status.ShouldBe(HealthStatus.Degraded);
        clock.Pass(TimeSpan.FromMinutes(11));
        watch.Look();
        (watch.Jumps, watch.Last).ShouldBe((1, null));
    }

    private sealed class TwoClocks : TimeProvider
    {
        private long _ticks;

        public DateTimeOffset Wall { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => (Wall, _ticks) = (Wall + time, _ticks + time.Ticks);
    }
}
