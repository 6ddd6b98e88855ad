using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Extensions;

public sealed class ModelSnapshotTests
{
    [Theory]
    [InlineData("claude-opus-4-5-20251101", "claude-opus-4-5")]
    [InlineData("claude-opus-4-5@20251101", "claude-opus-4-5")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o")]
    [InlineData("claude-3-5-haiku-latest", "claude-3-5-haiku")]
    [InlineData("Claude-3-5-Haiku-LATEST", "Claude-3-5-Haiku")]
    [InlineData("claude-opus-4-0", "claude-opus-4")]
    [InlineData("claude-sonnet-4-5[1m]", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5")]
    public void What_marks_a_snapshot_is_left_out(string model, string without) => ModelSnapshot.Without(model).ToString().ShouldBe(without);

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5-20250929")]
    [InlineData("claude-sonnet-4-5[1M]", "claude-sonnet-4-5")]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929")]
    [InlineData("[1m]", "[1m]")]
    public void A_context_mark_alone_can_be_left_out(string model, string without) => ModelSnapshot.WithoutContext(model).ToString().ShouldBe(without);

    [Theory]
    [InlineData("")]
    [InlineData("claude-opus-4-5")]
    [InlineData("claude-opus-45")]
    [InlineData("-20251101")]
    [InlineData("@20251101")]
    [InlineData("-2025-11-01")]
    [InlineData("-latest")]
    [InlineData("[1m]")]
    [InlineData("model-2025110")]
    [InlineData("model-202511011")]
    [InlineData("model_20251101")]
    [InlineData("model-2025-1a-01")]
    [InlineData("model-2025_11-01")]
    [InlineData("gpt-4o-mini")]
    public void Any_other_name_stays_as_it_is(string model) => ModelSnapshot.Without(model).ToString().ShouldBe(model);
}
