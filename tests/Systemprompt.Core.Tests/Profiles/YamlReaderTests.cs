using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Profiles;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Core.Tests.Profiles;

/// <summary>What is too awkward for a golden file, and whatever anybody may think of.</summary>
public sealed class YamlReaderTests
{
    private static readonly string[] Pieces =
        ["{", "}", "[", "]", ":", ": ", "- ", "? ", ",", "\n", "\n  ", "\n    ", "\t", "#", "&a ", "*a", "!t ", "!!int ", "|\n", ">\n", "\"", "'", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "${A}", "key", "tenant: x", "\0", "\u0085", "\ud800", "\uFEFF", "\\", "@", "`", "~"];

    [Fact]
    public void Nesting_stops_at_a_depth()
    {
        Faults("tenant: acme\nother: " + new string('[', 5000)).ShouldHaveSingleItem().Message.ShouldContain("nested deeper than 32 levels");
        Faults("a:\n" + string.Concat(Enumerable.Range(1, 40).Select(depth => new string(' ', depth) + "a:\n"))).ShouldHaveSingleItem().ToString().ShouldStartWith("p.yaml:33:33: not well-formed YAML: nested deeper");
        Faults("x: " + string.Concat(Enumerable.Repeat("{a: ", 40))).ShouldHaveSingleItem();
    }

    [Fact]
    public void What_is_too_large_is_not_read()
    {
        Faults(new string('#', YamlReader.MaxLength + 1)).ShouldHaveSingleItem().ToString().ShouldBe("p.yaml: larger than 256 KB; a profile is small, so this is probably another file");
        Faults($"a: {new string('x', YamlReader.MaxLength - 3)}").ShouldBeEmpty();
    }

    [Fact]
    public void Many_keys_are_no_burden()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"k{number}:\n"));
        YamlReader.Read("p.yaml", text, [])!.Entries.Count.ShouldBe(20_000);
    }

    [Theory]
    [InlineData("a: 1\r\nb: 2\r\n")]
    [InlineData("\uFEFFa: 1\nb: 2")]
    [InlineData("%YAML 1.2\n---\na: 1\nb: 2\n...\n")]
    public void Line_ends_byte_order_marks_and_directives_do_not_matter(string text)
    {
        var faults = new List<ProfileFault>();
        YamlReader.Read("p.yaml", text, faults)!.Entries.Select(entry => $"{entry.Key}={((YamlText)entry.Value).Value}").ShouldBe(["a=1", "b=2"]);
        faults.ShouldBeEmpty();
    }

    [Fact]
    public void Any_text_is_either_read_or_refused_with_faults() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), OnlyFaults).Check(Runs(3000));

    [Fact]
    public void Anything_that_looks_like_YAML_is_either_read_or_refused_with_faults() =>
        Prop.ForAll(Gen.Elements(Pieces).ListOf().Select(parts => string.Concat(parts)).ToArbitrary(), OnlyFaults).Check(Runs(20_000));

    [Fact]
    public void A_damaged_profile_is_either_read_or_refused_with_faults()
    {
        const string Whole = "tenant: acme\nsample:\n  name: \"x ${A:-b}\"\n  tags: [a, 'b', {c: d}]\n  parts:\n    a: { note: | }\nother:\n  ranges:\n    - low: 1\n      high: 2\n";
        var damage = from at in Gen.Choose(0, Whole.Length - 1)
                     from length in Gen.Choose(0, 6)
                     from piece in Gen.Elements(Pieces)
                     select Whole[..at] + piece + Whole[Math.Min(Whole.Length, at + length)..];
        Prop.ForAll(damage.ToArbitrary(), OnlyFaults).Check(Runs(20_000));
    }

    /// <summary>The whole way, binding included: a profile exception with faults is the only way out.</summary>
    private static bool OnlyFaults(string? text)
    {
        try
        {
            SampleProfile.Load(text ?? "", _ => null).ResolveAll();
            return true;
        }
        catch (ProfileException exception)
        {
            return exception.Faults.Count > 0 && exception.Faults.All(fault => fault.Message.Length > 0 && !fault.Message.Contains("Exception", StringComparison.Ordinal));
        }
    }

    private static List<ProfileFault> Faults(string text)
    {
        var faults = new List<ProfileFault>();
        YamlReader.Read("p.yaml", text, faults);
        return faults;
    }

    private static Config Runs(int count) => Config.QuickThrowOnFailure.WithMaxTest(count);
}
