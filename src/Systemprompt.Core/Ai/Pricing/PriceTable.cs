namespace Systemprompt.Ai;

/// <summary>The prices of one provider: those of the profile first, then the list prices in the binary.</summary>
internal sealed class PriceTable
{
    private readonly (ModelPattern Pattern, ModelPrice Price)[] _own;

    private PriceTable((ModelPattern, ModelPrice)[] own) => _own = own;

    public static PriceTable For(ProviderSettings settings) =>
        new([.. settings.Prices
            .Select(entry => (Pattern: new ModelPattern(entry.Key), Price: PriceOf(entry.Value)))
            .OrderByDescending(entry => entry.Pattern.Weight)]);

    /// <summary>The price of a model; null when nobody has said one. Unknown is never free.</summary>
    public ModelPrice? Find(ReadOnlySpan<char> model)
    {
        foreach (var (pattern, price) in _own)
            if (pattern.Matches(model))
                return price;
        return KnownModels.Find(model)?.Price;
    }

    // All of the price is the profile's: a bound for long prompts that the binary knows is none of it.
    private static ModelPrice PriceOf(PriceSettings price) =>
        ModelPrice.Of(price.Input, price.Output, price.CacheWrite, price.CacheWriteHour, price.CacheRead) with
        {
            LongPrompt = price.LongPrompt is { } tier
                ? new LongPromptPrice(tier.AboveTokens, ModelPrice.Of(tier.Input, tier.Output, tier.CacheWrite, tier.CacheWriteHour, tier.CacheRead))
                : null,
        };
}
