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
    [InlineData("gpt-4.1-2025-04-14", "gpt-4.1")]
    [InlineData("gpt-5-mini-2025-08-07", "gpt-5-mini")]
    [InlineData("gpt-4o-2024-11-20", "gpt-4o")]
    [InlineData("gpt-4o-2024-05-13", "gpt-4o-2024-05-13")]
    [InlineData("gpt-4o-mini", "gpt-4o-mini")]
    [InlineData("gpt-5-codex", "gpt-5-codex")]
    [InlineData("gpt-5.1-codex-mini", "gpt-5.1-codex-mini")]
    [InlineData("gpt-5.3-codex", "gpt-5.3-codex")]
    [InlineData("gpt-5.3-codex-spark", null)]
    [InlineData("gpt-4o-audio-preview", null)]
    [InlineData("gpt-4o-audio-preview-2024-12-17", null)]
    [InlineData("gpt-5-chat-latest", null)]
    [InlineData("gpt-5.9", null)]
    [InlineData("gpt-5-20x5-08-07", null)]
    [InlineData("-2025-08-07", null)]
    [InlineData("gemini-2.5-flash-lite", "gemini-2.5-flash-lite")]
    [InlineData("gemini-2.5-flash-image", null)]
    [InlineData("claude-sonnet-4-5-2025092", null)]
    [InlineData("claude-sonnet-4-5-fast", null)]
    [InlineData("claude-sonnet-9", null)]
    [InlineData("Claude-Sonnet-4-5", null)]
    [InlineData("-20250929", null)]
    [InlineData("", null)]
    public void A_snapshot_has_its_models_price_and_nothing_else_has(string model, string? known) => (KnownModels.Find(model)?.Id).ShouldBe(known);

    [Theory]
    [InlineData("claude-sonnet-4-5", 3_000_000, 3_750_000, 6_000_000, 300_000)]
    [InlineData("claude-3-haiku", 250_000, 300_000, 500_000, 30_000)]
    [InlineData("gpt-4.1", 2_000_000, 2_000_000, 2_000_000, 500_000)]
    [InlineData("gpt-5", 1_250_000, 1_250_000, 1_250_000, 125_000)]
    [InlineData("gpt-5-codex", 1_250_000, 1_250_000, 1_250_000, 125_000)]
    [InlineData("gpt-5.1-codex-max", 1_250_000, 1_250_000, 1_250_000, 125_000)]
    [InlineData("gpt-5.1-codex-mini", 250_000, 250_000, 250_000, 25_000)]
    [InlineData("gpt-5.2-codex", 1_750_000, 1_750_000, 1_750_000, 175_000)]
    [InlineData("gpt-5.3-codex", 1_750_000, 1_750_000, 1_750_000, 175_000)]
    [InlineData("gemini-2.5-pro", 1_250_000, 1_250_000, 1_250_000, 125_000)]
    public void The_cache_costs_what_the_vendor_takes(string model, long input, long write, long writeHour, long read)
    {
        var price = KnownModels.Find(model)!.Price;

        (price.Input, price.CacheWrite5m, price.CacheWrite1h, price.CacheRead).ShouldBe((input, write, writeHour, read));
    }

    [Fact]
    public void A_model_stands_once_and_every_one_of_Anthropics_has_a_limit()
    {
        KnownModels.All.Select(model => model.Id).ShouldBeUnique();
        KnownModels.All.Where(model => model.Vendor == "anthropic").ShouldAllBe(model => model.MaxOutput >= 4096);
    }

    [Fact]
    public void A_pattern_lists_the_models_that_the_providers_protocol_leads_to()
    {
        var catalog = new ProviderCatalog(new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["anthropic"] = new() { Wire = Wire.Anthropic, ApiKey = "k", Models = ["*"] },
                ["openai"] = new() { Wire = Wire.OpenaiChat, ApiKey = "k", Models = ["gpt-4*"] },
            },
        });

        var ids = catalog.Models().Select(model => model.Id).ToList();

        ids.ShouldContain("claude-sonnet-4-5");
        ids.ShouldContain("gpt-4o");
        ids.ShouldNotContain("gpt-4o-2024-05-13");
        ids.ShouldNotContain("gpt-5");
        ids.ShouldNotContain("gemini-2.5-pro");
        ids.ShouldNotContain("echo");
    }

    [Theory]
    [InlineData(200_000, 200_000)]
    [InlineData(200_001, 400_002)]
    public void A_price_of_the_profile_can_depend_on_the_prompts_length(long input, long cost)
    {
        var table = PriceTable.For(new ProviderSettings
        {
            Prices = new Dictionary<string, PriceSettings> { ["claude-haiku-5-5"] = new() { Input = 1_000_000, Output = 1, LongPrompt = new() { AboveTokens = 200_000, Input = 2_000_000, Output = 3, CacheRead = 4 } } },
        });

        var price = table.Find("claude-haiku-5-5")!;

        price.CostOf(new TokenUsage { Input = input }).ShouldBe(cost);
        price.LongPrompt.ShouldBe(new LongPromptPrice(200_000, ModelPrice.Of(2_000_000, 3, 2_500_000, 4_000_000, 4)));
    }

    [Fact]
    public void A_price_of_the_profile_stands_for_all_of_the_one_in_the_binary()
    {
        var table = PriceTable.For(new ProviderSettings { Prices = new Dictionary<string, PriceSettings> { ["claude-haiku-5-5"] = new() { Input = 1_000_000, Output = 1 } } });

        table.Find("claude-haiku-5-5")!.LongPrompt.ShouldBeNull();
        table.Find("claude-haiku-5-5-20261007")!.LongPrompt.ShouldNotBeNull();
    }

    [Fact]
    public void A_price_for_long_prompts_that_cannot_be_is_a_fault()
    {
        var faults = new Systemprompt.Profiles.SettingsFaults();

        new PriceSettings { Input = 1, Output = 1, LongPrompt = new() { AboveTokens = 0, Input = -1, Output = 1, CacheWriteHour = ModelPrice.Highest + 1 } }.Validate("p", faults);

        faults.All.Select(fault => fault.Path).ShouldBe(["p.long_prompt.above_tokens", "p.long_prompt.input", "p.long_prompt.cache_write_hour"]);
    }

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
