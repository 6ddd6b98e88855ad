using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Systemprompt.Ai;

/// <summary>
/// How one provider is asked: so many calls at a time, again where that helps, and for a while not at all when most calls fail. Counts are this
/// process's own.
/// </summary>
internal sealed partial class ProviderGate : IDisposable
{
    private static readonly TimeSpan Sampled = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private readonly string _name;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline<Attempt> _pipeline;
    private readonly ConcurrencyLimiter? _limiter;
    private readonly CircuitBreakerStateProvider _state = new();
    private long _aloneUntil;

    public ProviderGate(string name, ProviderSettings settings, TimeProvider clock, ILogger logger)
    {
        (_name, _clock) = (name, clock);
        var builder = new ResiliencePipelineBuilder<Attempt> { TimeProvider = clock };
        if (settings.Retries > 0) builder.AddRetry(Retry(settings));
        if (settings.BreakAfter > 0) builder.AddCircuitBreaker(Breaker(settings, logger));
        _pipeline = builder.Build();
        if (settings.MaxConcurrent > 0) _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = settings.MaxConcurrent, QueueLimit = 0 });
    }

    /// <summary>
    /// True while the provider is left alone: for its time, and while one call tries it. An open circuit is half open only once a call comes after that time, so whoever keeps
    /// calls away from an open one must be told when it is over, or none would ever come.
    /// </summary>
    public bool IsOpen => _state.CircuitState switch
    {
        CircuitState.Open => _clock.GetUtcNow().UtcTicks < Volatile.Read(ref _aloneUntil),
        CircuitState.HalfOpen => true,
        _ => false,
    };

    /// <summary>Takes a place for a call, to be given back when its answer has ended; null when all are taken.</summary>
    public RateLimitLease? Enter()
    {
        if (_limiter is null) return NoLimit.Lease;
        var lease = _limiter.AttemptAcquire();
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    /// <summary>Asks, as often as the profile allows.</summary>
    public async ValueTask<Attempt> AskAsync(Func<CancellationToken, ValueTask<Attempt>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static (ask, token) => ask(token), ask, cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            return new Attempt(null, GatewayFault.LeftAlone(_name, exception.RetryAfter), exception);
        }
    }

    public void Dispose() => _limiter?.Dispose();

    private static RetryStrategyOptions<Attempt> Retry(ProviderSettings settings) => new()
    {
        MaxRetryAttempts = settings.Retries,
        ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is { IsWorthRepeating: true }),
        // Full jitter: anything from nothing to the step, so that callers who failed together do not come back together.
        DelayGenerator = static args => ValueTask.FromResult<TimeSpan?>(args.Outcome.Result?.RetryAfter ?? Jitter(args.AttemptNumber)),
        OnRetry = static args =>
        {
            args.Outcome.Result?.Response?.Dispose();
            return default;
        },
    };

    private CircuitBreakerStrategyOptions<Attempt> Breaker(ProviderSettings settings, ILogger logger) => new()
    {
        FailureRatio = 0.5,
        MinimumThroughput = Math.Max(2, settings.BreakAfter),
        SamplingDuration = Sampled,
        BreakDuration = settings.BreakFor,
        StateProvider = _state,
        // A call that was broken off says nothing of the provider. Polly takes for a success what is no failure: that must not close a circuit that is being tried.
        ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is null ? args.Outcome.Result is { IsTrouble: true } : _state.CircuitState != CircuitState.Closed),
        OnOpened = args =>
        {
            Volatile.Write(ref _aloneUntil, (_clock.GetUtcNow() + args.BreakDuration).UtcTicks);
            Opened(logger, _name, args.BreakDuration.TotalSeconds);
            return default;
        },
        OnClosed = _ =>
        {
            Closed(logger, _name);
            return default;
        },
    };

    private static TimeSpan Jitter(int attempt) =>
        TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(LongestWait.TotalMilliseconds, FirstWait.TotalMilliseconds * Math.Pow(2, attempt)));

    [LoggerMessage(2102, LogLevel.Warning, "Provider {Provider} failed on most calls and is left alone for {Seconds} s")]
    private static partial void Opened(ILogger logger, string provider, double seconds);

    [LoggerMessage(2103, LogLevel.Information, "Provider {Provider} answers again")]
    private static partial void Closed(ILogger logger, string provider);

    private sealed class NoLimit : RateLimitLease
    {
        public static readonly NoLimit Lease = new();

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
