using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Routing;

/// <summary>When a provider is left alone, and for how long.</summary>
public sealed class ProviderGateTests : IDisposable
{
    private static readonly TimeSpan BreakFor = TimeSpan.FromSeconds(20);
    private static readonly Attempt Good = new(null, null, null);
    private static readonly Attempt Bad = new(null, GatewayFault.Cut("one"), null);

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly ProviderGate _gate;
    private int _asked;

    public ProviderGateTests() => _gate = new ProviderGate("one", new ProviderSettings { Wire = Wire.OpenaiChat, BreakAfter = 2, BreakFor = BreakFor }, _clock, NullLogger.Instance);

    [Fact]
    public async Task It_reads_as_left_alone_for_its_time_and_no_longer_though_nobody_asks()
    {
        await OpenAsync();

        _gate.IsOpen.ShouldBeTrue();
        _clock.Advance(BreakFor - TimeSpan.FromMilliseconds(1));
        _gate.IsOpen.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _gate.IsOpen.ShouldBeFalse();
        (await AskAsync(Good)).Fault.ShouldBeNull();
        (_gate.IsOpen, _asked).ShouldBe((false, 3));
    }

    [Fact]
    public async Task A_trial_that_fails_leaves_it_alone_for_as_long_again()
    {
        await OpenAsync();
        _clock.Advance(BreakFor);

        (await AskAsync(Bad)).Fault!.Code.ShouldBe("provider_cut");

        _gate.IsOpen.ShouldBeTrue();
        (await AskAsync(Good)).Fault!.Code.ShouldBe("provider_left_alone");
        _clock.Advance(BreakFor);
        _gate.IsOpen.ShouldBeFalse();
        _asked.ShouldBe(3);
    }

    [Fact]
    public async Task A_trial_whose_client_leaves_is_no_success()
    {
        await OpenAsync();
        _clock.Advance(BreakFor);
        using var leave = new CancellationTokenSource();
        var trial = HangAsync(leave.Token);
        _gate.IsOpen.ShouldBeTrue();
        (await AskAsync(Good)).Fault!.Code.ShouldBe("provider_left_alone");

        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(trial);

        _gate.IsOpen.ShouldBeTrue();
        (await AskAsync(Good)).Fault!.Code.ShouldBe("provider_left_alone");
        _asked.ShouldBe(3);
        _clock.Advance(BreakFor);
        (await AskAsync(Good)).Fault.ShouldBeNull();
        (await AskAsync(Good)).Fault.ShouldBeNull();
        (_gate.IsOpen, _asked).ShouldBe((false, 5));
    }

    [Fact]
    public async Task Clients_that_leave_do_not_have_it_left_alone()
    {
        for (var i = 0; i < 6; i++)
        {
            using var leave = new CancellationTokenSource();
            var call = HangAsync(leave.Token);
            await leave.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(call);
        }

        _gate.IsOpen.ShouldBeFalse();
        (await AskAsync(Good)).Fault.ShouldBeNull();
    }

    public void Dispose() => _gate.Dispose();

    private async Task OpenAsync()
    {
        for (var i = 0; i < 2; i++) (await AskAsync(Bad)).Fault!.Code.ShouldBe("provider_cut");
    }

    private Task<Attempt> AskAsync(Attempt outcome) => _gate.AskAsync(
        _ =>
        {
            _asked++;
            return ValueTask.FromResult(outcome);
        },
        CancellationToken.None).AsTask();

    private Task<Attempt> HangAsync(CancellationToken leave) => _gate.AskAsync(
        async token =>
        {
            _asked++;
            await Task.Delay(Timeout.Infinite, token);
            return Good;
        },
        leave).AsTask();
}
