using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Core.Tests.Http.Bodies;

public sealed class DecodedJsonTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("tool_use", false)]
    [InlineData("\\u003cb\\u003e \\u0026 \\u0022x\\u0022 \\u0027 \\u0060 \\u002b \\u005C \\u005c", false)]
    [InlineData("caf\\u00e9 \\u00FC \\u20ac", false)]
    [InlineData("\\u000a\\u0041\\u0054OOL", false)]
    [InlineData("\\u00", false)]
    [InlineData("\\u006", false)]
    [InlineData("tool\\u005fuse", true)]
    [InlineData("\\u003c\\u0074ool_use", true)]
    [InlineData("tool_us\\u0065", true)]
    [InlineData("\\u007A", true)]
    [InlineData("\\\\u00\\u0061", true)]
    [InlineData("\\\\u0061", false)]
    [InlineData("\\\\\\u0061", true)]
    [InlineData("\\n\\\\\\\\u0061\\\\u005f", false)]
    public void Only_escapes_of_small_letters_and_underscores_may_hide_a_word(string json, bool may) => DecodedJson.MayHoldWords(Encoding.UTF8.GetBytes(json)).ShouldBe(may);

    [Fact]
    public void A_word_with_a_letter_written_as_an_escape_is_never_overlooked()
    {
        var word = Gen.Elements("tool_use", "tool_calls", "tool_result", "function_call", "is_error");
        var letters = Gen.Elements(0, 1, 2).ArrayOf(16);
        var around = Gen.Elements("", " ", "\\\\", "\\u003c", "\\u00e9", "u00", "\\n");
        Prop.ForAll(Arb.From(from w in word from how in letters from before in around from behind in around select (w, how, before, behind)), sample =>
        {
            var escaped = string.Concat(sample.w.Select((letter, at) => sample.how[at] switch { 0 => letter.ToString(), 1 => Escape(letter, "x4"), _ => Escape(letter, "X4") }));
            var raw = Encoding.UTF8.GetBytes(escaped);
            DecodedJson.Is(raw, Encoding.UTF8.GetBytes(sample.w)).ShouldBeTrue();
            DecodedJson.MayHoldWords(Encoding.UTF8.GetBytes(sample.before + escaped + sample.behind)).ShouldBe(escaped != sample.w);
        }).QuickCheckThrowOnFailure();
    }

    private static string Escape(char letter, string format) => "\\u" + ((int)letter).ToString(format, CultureInfo.InvariantCulture);
}
