using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Hosting;

/// <summary>Background work outlives its exceptions, and health says how it fares.</summary>
public sealed class BackgroundLoopsTests : IAsyncLifetime, IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<TaskCompletionSource> _turns = Channel.CreateUnbounded<TaskCompletionSource>();
    private BackgroundLoops _loops = null!;
    private Task _loop = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _loops = new BackgroundLoops(_clock, NullLogger<BackgroundLoops>.Instance);
        _loop = Task.Run(() => _loops.RunAsync("room.work", TurnAsync, _end.Token));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        _turns.Writer.TryComplete();
        while (_turns.Reader.TryRead(out var turn)) turn.TrySetCanceled();
        await _loop.WaitAsync(TimeSpan.FromSeconds(10));
    }

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task A_loop_that_throws_is_started_again_after_pauses_that_grow_and_recovers()
    {
        var turn = await _turns.Reader.ReadAsync();
        foreach (var pause in new[] { 100, 200, 400 })
        {
            turn.SetException(new InvalidOperationException("broken"));
            (turn, var waited) = await NextAsync(pause / 20);
            waited.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(pause));
        }

        var state = _loops.All.ShouldHaveSingleItem();
        (state.Name, state.Failures, state.LastError).ShouldBe(("room.work", 3, "broken"));
        var health = await new BackgroundHealthCheck(_loops).CheckHealthAsync(new HealthCheckContext());
        (health.Status, health.Description).ShouldBe((HealthStatus.Degraded, "room.work failed 3 times"));

        turn.SetResult();
        (turn, _) = await NextAsync(0);
        (state.Failures, state.LastError).ShouldBe((0, null));
        (await new BackgroundHealthCheck(_loops).CheckHealthAsync(new HealthCheckContext())).Status.ShouldBe(HealthStatus.Healthy);
        turn.SetCanceled(CancellationToken.None);
    }

    [Fact]
    public async Task The_pause_grows_to_half_a_minute_and_no_more()
    {
        var turn = await _turns.Reader.ReadAsync();
        var last = TimeSpan.Zero;
        for (var failures = 1; failures <= 20; failures++)
        {
            turn.SetException(new InvalidOperationException("broken"));
            (turn, last) = await NextAsync(3000);
        }

        last.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
        _loops.All.Single().Failures.ShouldBe(20);
        turn.SetCanceled(CancellationToken.None);
    }

    [Fact]
    public async Task A_pause_ends_when_the_loop_is_to_end()
    {
        (await _turns.Reader.ReadAsync()).SetException(new InvalidOperationException("broken"));

        await _end.CancelAsync();

        await _loop.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_turn_that_something_else_cancels_is_a_failure_and_no_end()
    {
        (await _turns.Reader.ReadAsync()).SetCanceled(CancellationToken.None);

        var (turn, _) = await NextAsync(10);

        _loops.All.Single().Failures.ShouldBe(1);
        turn.SetResult();
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_turns.Writer.TryWrite(turn)) await turn.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets the clock run until the next turn begins.</summary>
    /// <returns>The turn, and how much time of the clock that took: no less than the pause.</returns>
    private async Task<(TaskCompletionSource Turn, TimeSpan Waited)> NextAsync(int tick)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var from = _clock.GetUtcNow();
        TaskCompletionSource? turn;
        while (!_turns.Reader.TryRead(out turn))
        {
            await Task.Delay(1, limit.Token);
            _clock.Advance(TimeSpan.FromMilliseconds(tick));
        }

        return (turn, _clock.GetUtcNow() - from);
    }
}
