using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Http;
using Systemprompt.Http.Limits;

namespace Systemprompt.Core.Tests.Http;

public sealed class KeyedLimiterTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_burst_passes_and_the_next_is_told_exactly_when()
    {
        var limiter = Limiter(perSecond: 4, burst: 3);
        for (var i = 0; i < 3; i++) limiter.TryAcquire("a", out _).ShouldBeTrue();

        limiter.TryAcquire("a", out var wait).ShouldBeFalse();

        wait.ShouldBe(TimeSpan.FromMilliseconds(250));
        _clock.Advance(wait - TimeSpan.FromTicks(1));
        limiter.TryAcquire("a", out _).ShouldBeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));
        limiter.TryAcquire("a", out _).ShouldBeTrue();
    }

    [Fact]
    public void Callers_do_not_use_up_each_others_allowance()
    {
        var limiter = Limiter(perSecond: 1, burst: 1);

        limiter.TryAcquire("a", out _).ShouldBeTrue();
        limiter.TryAcquire("b", out _).ShouldBeTrue();
        limiter.TryAcquire("a", out _).ShouldBeFalse();
    }

    [Fact]
    public void Idle_callers_are_forgotten()
    {
        var limiter = Limiter(perSecond: 10, burst: 2);
        for (var i = 0; i < 100; i++) limiter.TryAcquire($"caller {i}", out _);
        limiter.Keys.ShouldBe(100);

        _clock.Advance(TimeSpan.FromSeconds(11));
        limiter.TryAcquire("another", out _);

        limiter.Keys.ShouldBe(1);
    }

    [Fact]
    public void Newcomers_beyond_the_cap_share_one_allowance()
    {
        var limiter = Limiter(perSecond: 1, burst: 2, maxKeys: 3);
        foreach (var key in "abc") limiter.TryAcquire($"{key}", out _).ShouldBeTrue();

        limiter.TryAcquire("d", out _).ShouldBeTrue();
        limiter.TryAcquire("e", out _).ShouldBeTrue();
        limiter.TryAcquire("f", out _).ShouldBeFalse();
        limiter.TryAcquire("a", out _).ShouldBeTrue("who is remembered has an allowance of its own");
    }

    [Fact]
    public void Many_at_once_get_no_more_than_the_burst()
    {
        var limiter = Limiter(perSecond: 1, burst: 50);
        var passed = 0;

        Parallel.For(0, 10_000, turn =>
        {
            if (limiter.TryAcquire("a", out _)) Interlocked.Increment(ref passed);
        });

        passed.ShouldBe(50);
    }

    [Fact]
    public void No_schedule_gets_more_than_burst_and_rate() =>
        Prop.ForAll(Gen.Choose(0, 400).ListOf(60).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), (pauses, burst) =>
        {
            var clock = new FakeTimeProvider();
            var limiter = new KeyedLimiter(new RateSettings { PerSecond = 5, Burst = burst }, 10, clock);
            var (passed, milliseconds) = (0, 0);
            foreach (var pause in pauses)
            {
                clock.Advance(TimeSpan.FromMilliseconds(pause));
                milliseconds += pause;
                if (limiter.TryAcquire("a", out _)) passed++;
                if (passed > burst + (milliseconds * 5 / 1000.0)) return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private KeyedLimiter Limiter(double perSecond, int burst, int maxKeys = 1000) =>
        new(new RateSettings { PerSecond = perSecond, Burst = burst }, maxKeys, _clock);
}
