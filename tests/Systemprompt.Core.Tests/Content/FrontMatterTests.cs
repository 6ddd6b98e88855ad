using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Content;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Content;

public sealed class FrontMatterTests
{
    [Theory]
    [InlineData("---\ntittle: A\n---\n", "f.md:2:1: unknown key 'tittle', did you mean 'title'?")]
    [InlineData("---\ntitle: A\npublished: 2026-02-30\n---\n", "f.md:3:12: published: '2026-02-30' is no date such as 2026-03-31 or 2026-03-31T09:00+02:00 (UTC unless it says otherwise)")]
    [InlineData("---\ntitle: A\ndraft: maybe\n---\n", "f.md:3:8: 'maybe' is neither true nor false")]
    [InlineData("---\ntitle: A\ntags: [good, 'not good']\n---\n", "f.md:3:14: 'not good' is no tag: letters, digits, '-', '_', '.', '+' and '#', at most 40")]
    [InlineData("---\ntitle: A\nslug: ../up\n---\n", "f.md:3:7: '../up' is no slug: a-z, 0-9, '-', '_' and '.', starting with a letter or digit, at most 100")]
    [InlineData("---\ntitle: A\nlanguage: klingon\n---\n", "f.md:3:11: 'klingon' is no language known here; known are da, de, en, es, fi, fr, hu, it, nl, no, pt, ro, ru, sv, tr, xx (xx for any other)")]
    [InlineData("---\ntitle: A\nredirect_from: https://elsewhere.example\n---\n", "f.md:3:16: 'https://elsewhere.example' is no address of this site, such as /docs/old-name")]
    [InlineData("---\ntitle: A\ntitle: B\n---\n", "f.md:3:1: key 'title' stands twice (first on line 2); remove one")]
    [InlineData("---\ntitle: &x A\n---\n", "f.md:2:8: anchor &x is not allowed in front matter; write the value out where it is needed")]
    [InlineData("---\n- a\n---\n", "f.md:2:1: not a mapping; front matter starts with keys such as 'title:'")]
    [InlineData("---\ntitle: A\n", "f.md:1:1: front matter begins here and does not end: close it with a line '---'")]
    [InlineData("---\ntitle:\n  a: b\n---\n", "f.md:3:3: title: must be text")]
    [InlineData("---\ntitle: A\nsummary:\n---\n", "f.md:3:9: summary: has no value; give it one or leave the key out")]
    [InlineData("---\ntitle: A\n\tdraft: true\n---\n", "f.md:3:1: not well-formed YAML: a tab stands in the indentation; use spaces")]
    public void A_fault_has_its_place_and_remedy(string text, string fault)
    {
        var faults = new List<ProfileFault>();

        FrontMatterReader.Read("f.md", text, faults, out _).ShouldBeNull();

        faults.ShouldHaveSingleItem().ToString().ShouldBe(fault);
    }

    [Fact]
    public void Every_fault_of_a_file_comes_at_once()
    {
        var faults = new List<ProfileFault>();

        FrontMatterReader.Read("f.md", "---\ntitel: A\ndraft: 7\npublished: soon\n---\n", faults, out _);

        faults.Select(fault => fault.Line).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public void Everything_that_can_be_said_is_read()
    {
        const string text = "---\ntitle: 'A: b'\nsummary: S\nkind: note\ncategory: C\ntags: [One, two, ONE]\ndraft: yes\npublished: 2026-03-31T09:00+02:00\nupdated: 2026-04-01\nlanguage: de\nslug: here\nredirect_from:\n  - /docs/a\n---\nText\n";
        var faults = new List<ProfileFault>();

        var front = FrontMatterReader.Read("f.md", text, faults, out var body)!;

        faults.ShouldBeEmpty();
        (front.Title, front.Kind, front.Category, front.Draft, front.Language, front.Slug).ShouldBe(("A: b", "note", "C", true, "de", "here"));
        front.Tags.ShouldBe(["one", "two"]);
        front.Published.ShouldBe(new DateTimeOffset(2026, 3, 31, 7, 0, 0, TimeSpan.Zero));
        front.RedirectFrom.Single().Url.ShouldBe("/docs/a");
        // Places in the text stay those of the file.
        body.Split('\n')[14].ShouldBe("Text");
    }

    [Theory]
    [InlineData("no front matter")]
    [InlineData("---\n---\ntext")]
    [InlineData("--- not a line of its own\n")]
    [InlineData("text\n---\ntitle: A\n---\n")]
    public void It_may_be_left_out(string text)
    {
        var faults = new List<ProfileFault>();

        FrontMatterReader.Read("f.md", text, faults, out _).ShouldNotBeNull();

        faults.ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_stands_there_is_read_or_is_a_fault_with_a_place()
    {
        var pieces = Gen.Elements("---", "\n", "title", ": ", "a", "tags", "[", "]", "{", "\"", "'", "- ", "  ", "\t", "#", "|", ">", "&", "*", "!", "%", "draft", "2026-01-01", "é", "\u0001", "\\");
        var texts = Gen.ArrayOf(pieces).Select(parts => "---\n" + string.Concat(parts));

        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var faults = new List<ProfileFault>();
            var front = FrontMatterReader.Read("f.md", text, faults, out _);
            return (front is null) == (faults.Count > 0) && faults.All(fault => fault.Line >= 1 && fault.Line <= text.Split('\n').Length + 1);
        }).QuickCheckThrowOnFailure();
    }
}
