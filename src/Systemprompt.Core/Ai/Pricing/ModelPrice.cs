namespace Systemprompt.Ai;

/// <summary>What a model's tokens cost, in microdollars per million tokens.</summary>
internal sealed record ModelPrice
{
    /// <summary>A bound far above any price (a million dollars per million tokens) that keeps every sum inside 128 bits.</summary>
    public const long Highest = 1_000_000_000_000;

    public required long Input { get; init; }

    public required long Output { get; init; }

    public required long CacheWrite5m { get; init; }

    public required long CacheWrite1h { get; init; }

    public required long CacheRead { get; init; }

    /// <summary>The price of the whole call when its prompt (input, cache reads and cache writes together) is longer.</summary>
    public LongPromptPrice? LongPrompt { get; init; }

    /// <summary>Anthropic's multiples where a list names only input and output: 1.25 and 2 times input to write, a tenth to read.</summary>
    public static ModelPrice Of(long input, long output, long? cacheWrite5m = null, long? cacheWrite1h = null, long? cacheRead = null) => new()
    {
        Input = input,
        Output = output,
        CacheWrite5m = cacheWrite5m ?? input + (input / 4),
        CacheWrite1h = cacheWrite1h ?? input * 2,
        CacheRead = cacheRead ?? input / 10,
    };

    /// <summary>
    /// The cost of a call in microdollars: rounded once, to the nearest, halves up. What does not fit in 63 bits is held at the largest
    /// number that does.
    /// </summary>
    public long CostOf(in TokenUsage usage)
    {
        var price = LongPrompt is { } tier && usage.Prompt > tier.AboveTokens ? tier.Price : this;
        var sum = Times(usage.Input, price.Input) + Times(usage.Output, price.Output) + Times(usage.CacheRead, price.CacheRead)
            + Times(usage.CacheWrite5m, price.CacheWrite5m) + Times(usage.CacheWrite1h, price.CacheWrite1h);
        var cost = (sum + 500_000) / 1_000_000;
        return cost > long.MaxValue ? long.MaxValue : (long)cost;
    }

    private static UInt128 Times(long tokens, long price) => (UInt128)(ulong)tokens * (ulong)price;
}

/// <summary>A second price that holds for the whole call once its prompt is longer than a bound.</summary>
internal sealed record LongPromptPrice(long AboveTokens, ModelPrice Price);
