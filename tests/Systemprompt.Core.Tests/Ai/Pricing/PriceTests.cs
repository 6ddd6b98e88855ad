using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

public sealed class PriceTests
{
    private static readonly ModelPrice OneAThousand = ModelPrice.Of(1000, 1000, 1000, 1000, 1000);

    /// <summary>Token counts from nothing to the largest there is.</summary>
    private static Arbitrary<TokenUsage> Usages =>
        Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 2_000_000).Select(count => (long)count), Gen.Constant(long.MaxValue)), 5)
            .Select(n => new TokenUsage { Input = n[0], Output = n[1], CacheRead = n[2], CacheWrite5m = n[3], CacheWrite1h = n[4] }).ToArbitrary();

    [Theory]
    [InlineData(499, 0)]
    [InlineData(500, 1)]
    [InlineData(1499, 1)]
    [InlineData(1500, 2)]
    public void Halves_go_up(long tokens, long cost) => OneAThousand.CostOf(new TokenUsage { Input = tokens }).ShouldBe(cost);

    [Fact]
    public void Rounding_happens_once_for_the_whole_call() =>
        OneAThousand.CostOf(new TokenUsage { Input = 100, Output = 100, CacheRead = 100, CacheWrite5m = 100, CacheWrite1h = 100 }).ShouldBe(1);

    [Fact]
    public void A_cost_is_never_negative_and_never_falls_when_tokens_are_added() =>
        Prop.ForAll(Usages, usage => KnownModels.All.Where(model => model.Price.LongPrompt is null).All(model =>
        {
            var cost = model.Price.CostOf(usage);
            var more = model.Price.CostOf(usage with { Output = usage.Output == long.MaxValue ? usage.Output : usage.Output + 1000 });
            return cost >= 0 && more >= cost;
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void The_largest_bill_there_can_be_does_not_overflow() =>
        ModelPrice.Of(ModelPrice.Highest, ModelPrice.Highest).CostOf(new TokenUsage { Input = long.MaxValue, Output = long.MaxValue, CacheRead = long.MaxValue, CacheWrite1h = long.MaxValue, CacheWrite5m = long.MaxValue })
            .ShouldBe(long.MaxValue);

    [Theory]
    [InlineData(100_000, 10_000)]
    [InlineData(100_001, 50_001)]
    public void A_long_prompt_has_its_price_for_the_whole_call(long input, long cost) => KnownModels.Find("claude-haiku-5-5")!.Price.CostOf(new TokenUsage { Input = input }).ShouldBe(cost);

    [Fact]
    public void A_prompt_is_long_by_all_that_was_read_from_the_cache_or_written_to_it() =>
        KnownModels.Find("claude-haiku-5-5")!.Price.CostOf(new TokenUsage { Input = 1, CacheRead = 60_000, CacheWrite5m = 40_000 }).ShouldBe(28_001);

    [Theory]
    [InlineData("claude-sonnet-4-5", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5[1m]", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-20250514", "claude-sonnet-4")]
    [InlineData("claude-3-5-haiku-latest", "claude-3-5-haiku")]
    [InlineData("claude-opus-4-0", "claude-opus-4")]
    [InlineData("claude-sonnet-4-5-2025092", null)]
    [InlineData("claude-sonnet-4-5-fast", null)]
    [InlineData("claude-sonnet-9", null)]
    [InlineData("Claude-Sonnet-4-5", null)]
    [InlineData("-20250929", null)]
    [InlineData("", null)]
    public void A_snapshot_has_its_models_price_and_nothing_else_has(string model, string? known) => KnownModels.Find(model)?.Id.ShouldBe(known);

    [Fact]
    public void The_profiles_prices_go_before_those_in_the_binary_and_the_more_specific_first()
    {
        var table = PriceTable.For(new ProviderSettings
        {
            Prices = new Dictionary<string, PriceSettings>
            {
                ["claude-*"] = new() { Input = 8, Output = 1 },
                ["claude-sonnet-4-5"] = new() { Input = 100, Output = 200, CacheRead = 0 },
            },
        });

        table.Find("claude-sonnet-4-5").ShouldBe(ModelPrice.Of(100, 200, cacheRead: 0));
        table.Find("claude-opus-5")!.Input.ShouldBe(8);
        table.Find("claude-opus-5")!.CacheWrite5m.ShouldBe(10);
        table.Find("echo")!.Input.ShouldBe(1_000_000);
        table.Find("gpt-9").ShouldBeNull();
    }
}
