using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Profiles;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Core.Tests.Profiles;

public sealed class ValueTextProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(5000);

    /// <summary>Round and odd ones: any unit, and any tick.</summary>
    private static Gen<TimeSpan> Durations => Gen.OneOf(
        from unit in Gen.Elements(1L, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute, TimeSpan.TicksPerHour, TimeSpan.TicksPerDay)
        from count in Gen.Choose(0, 3650)
        select TimeSpan.FromTicks(unit * count),
        ArbMap.Default.GeneratorFor<long>().Select(ticks => TimeSpan.FromTicks(Math.Abs(ticks % ValueText.Longest.Ticks))));

    private static Gen<ByteSize> Sizes => Gen.OneOf(
        from shift in Gen.Elements(0, 10, 20, 30)
        from count in Gen.Choose(0, 5000)
        select new ByteSize((long)count << shift),
        ArbMap.Default.GeneratorFor<long>().Select(bytes => new ByteSize(bytes & long.MaxValue)));

    [Fact]
    public void A_duration_that_is_shown_reads_back_as_it_was() =>
        Prop.ForAll(Durations.ToArbitrary(), time => ValueText.Parse(typeof(TimeSpan), ValueText.Show(time), out _) is TimeSpan read && read == time).Check(Runs);

    [Fact]
    public void A_size_that_is_shown_reads_back_as_it_was() =>
        Prop.ForAll(Sizes.ToArbitrary(), size => ValueText.Parse(typeof(ByteSize), ValueText.Show(size), out _) is ByteSize read && read == size).Check(Runs);

    [Fact]
    public void Any_text_is_a_value_or_what_would_be_right_is_said()
    {
        Type[] types = [typeof(bool), typeof(int), typeof(long), typeof(double), typeof(decimal), typeof(TimeSpan), typeof(ByteSize), typeof(Uri), typeof(SampleMode)];
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => types.All(type => ValueText.Parse(type, text ?? "", out var expected) is not null || expected!.Length > 0)).Check(Runs);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("5m", 300_000)]
    [InlineData("0.5h", 1_800_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("0s", 0)]
    public void A_duration_is_a_number_and_a_unit(string text, double milliseconds) =>
        ValueText.Parse(typeof(TimeSpan), text, out _).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("-1s")]
    [InlineData("1.2.3s")]
    [InlineData("1w")]
    [InlineData("3651d")]
    [InlineData("99999999999999999999999999999999d")]
    public void Anything_else_is_none(string text)
    {
        ValueText.Parse(typeof(TimeSpan), text, out var expected).ShouldBeNull();
        expected.ShouldBe("a duration such as 500ms, 30s, 5m, 12h or 7d");
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("64KB", 65_536)]
    [InlineData("32MB", 33_554_432)]
    [InlineData("1GB", 1_073_741_824)]
    public void A_size_counts_in_powers_of_1024(string text, long bytes) => ValueText.Parse(typeof(ByteSize), text, out _).ShouldBe(new ByteSize(bytes));

    [Theory]
    [InlineData("KB")]
    [InlineData("1.5MB")]
    [InlineData("64kb")]
    [InlineData("-1")]
    [InlineData("9999999999999GB")]
    public void No_other_text_is_a_size(string text) => ValueText.Parse(typeof(ByteSize), text, out _).ShouldBeNull();
}
