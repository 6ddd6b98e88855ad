using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Files;

namespace Systemprompt.Core.Tests.Files;

public sealed class FileNameTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(5000);

    /// <summary>Texts made of what has a meaning somewhere: to a file system, a terminal, a header, a reader.</summary>
    private static Gen<string> Hostile => Gen.OneOf(
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
        from parts in Gen.ListOf(Gen.Elements(
            "..", "/", "\\", ".", " ", "\0", "\r\n", "\u202e", "\u200f", "\ufeff", "\u2028", "\ud800", "\udc00", "con", "NUL", "a", "é", "日本", "👩‍💻", ".txt", "\"", ";", "%2e%2e", "\u00a0", "\u001b[31m", "~", "$(x)", "\U000E0041"))
        select string.Concat(parts));

    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("..\\..\\windows\\system.ini", "system.ini")]
    [InlineData("C:\\Users\\ann\\notes.txt", "notes.txt")]
    [InlineData("/", "unnamed")]
    [InlineData("..", "unnamed")]
    [InlineData(".", "unnamed")]
    [InlineData("", "unnamed")]
    [InlineData(null, "unnamed")]
    [InlineData("   ", "unnamed")]
    [InlineData("folder/", "folder")]
    [InlineData("a\0b.txt", "ab.txt")]
    [InlineData("a\r\nb", "ab")]
    [InlineData("a\r\nSet-Cookie: x=y", "aSet-Cookie: x=y")]
    [InlineData("con", "_con")]
    [InlineData("NUL.tar.gz", "_NUL.tar.gz")]
    [InlineData("com1 .txt", "_com1 .txt")]
    [InlineData("console.log", "console.log")]
    [InlineData("invoice\u202efdp.exe", "invoicefdp.exe")]
    [InlineData("\u2066left\u2069.txt", "left.txt")]
    [InlineData("\ufeffbom.txt", "bom.txt")]
    [InlineData("trailing. . ", "trailing")]
    [InlineData("  both  ", "both")]
    [InlineData("wide\u00a0space", "wide space")]
    [InlineData("Übergröße № 1 — 日本語.txt", "Übergröße № 1 — 日本語.txt")]
    [InlineData("👩\u200d💻.png", "👩\u200d💻.png")]
    [InlineData(".gitignore", ".gitignore")]
    [InlineData("\u001b[31mred", "[31mred")]
    public void A_name_is_cleaned(string? given, string cleaned) => FileName.Clean(given).ShouldBe(cleaned);

    [Fact]
    public void A_long_name_is_cut_in_front_of_its_ending()
    {
        FileName.Clean(new string('a', 4096) + ".pdf").ShouldBe(new string('a', 251) + ".pdf");
        FileName.Clean(new string('日', 4096)).ShouldBe(new string('日', 85));
        FileName.Clean(new string('a', 250) + ".日本語日本語").Length.ShouldBeLessThanOrEqualTo(255);
    }

    [Fact]
    public void Megabytes_of_a_name_cost_little() => FileName.Clean(new string('x', 50_000_000)).Length.ShouldBe(255);

    [Fact]
    public void Whatever_is_given_the_name_is_safe_and_stays_as_it_is() => Prop.ForAll(Hostile.ToArbitrary(), given =>
    {
        var name = FileName.Clean(given);
        var folder = Path.GetFullPath("/base");
        return name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= FileName.MostBytes
            && name is not ("." or "..") && name.IndexOfAny(['/', '\\', '\0', '\r', '\n']) < 0
            && !name.EndsWith('.') && name == name.Trim(' ')
            && name.EnumerateRunes().All(letter => letter != Rune.ReplacementChar || given.Contains('\ufffd') || given.Any(char.IsSurrogate))
            && name.EnumerateRunes().All(letter => letter.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(letter) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
            && Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, name))) == folder
            && FileName.Clean(name) == name;
    }).Check(Runs);
}
