using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Profiles;

public sealed class BindingTests
{
    [Fact]
    public void One_key_of_a_record_leaves_the_others_as_they_are_documented()
    {
        var inner = SampleProfile.Load("tenant: a\nsample: { name: x, inner: { high: 20 } }").Section<SampleSettings>().Inner;
        inner.ShouldBe(new PartSettings { Low = 3, High = 20, Note = "documented" });

        var untouched = SampleProfile.Load("tenant: a\nsample: { name: x }").Section<SampleSettings>().Inner;
        untouched.ShouldBe(new PartSettings { Low = 3, High = 9, Note = "documented" });
    }

    [Fact]
    public void An_entry_of_a_mapping_starts_from_its_types_defaults() =>
        SampleProfile.Load("tenant: a\nsample: { name: x, parts: { one: { low: 1 } } }").Section<SampleSettings>().Parts["one"].ShouldBe(new PartSettings { Low = 1, High = 5 });

    [Fact]
    public void A_section_that_is_not_written_has_its_defaults() => SampleProfile.Load("tenant: a").Section<OtherSettings>().Ranges.ShouldBeEmpty();

    [Fact]
    public void A_section_is_bound_once_and_only_when_it_is_asked_for()
    {
        var asked = new List<string>();
        var profile = SampleProfile.Load("tenant: ${TENANT}\nsample: { name: \"${NAME}\" }\nother: { text: \"${TEXT}\" }", name =>
        {
            asked.Add(name);
            return "x";
        });
        asked.ShouldBeEmpty();

        profile.Section<OtherSettings>().ShouldBeSameAs(profile.Section<OtherSettings>());
        asked.ShouldBe(["TEXT"]);
        _ = profile.Tenant;
        asked.ShouldBe(["TEXT", "TENANT"]);
        profile.ResolveAll();
        profile.Section<SampleSettings>().Name.ShouldBe("x");
    }

    [Fact]
    public void A_section_with_faults_does_not_hide_one_without()
    {
        var profile = SampleProfile.Load("tenant: a\nsample: { name: \"${NAME}\" }\nother: { text: fine }");

        profile.Section<OtherSettings>().Text.ShouldBe("fine");
        Should.Throw<ProfileException>(profile.Section<SampleSettings>).Faults.ShouldHaveSingleItem().Message.ShouldContain("variable NAME is not set");
        Should.Throw<ProfileException>(profile.ResolveAll);
    }

    [Fact]
    public void A_value_from_outside_is_never_read_as_a_reference()
    {
        var profile = SampleProfile.Load("tenant: a\nsample: { name: \"${NAME}\", tags: \"${TAGS}\" }", name => name switch
        {
            "NAME" => "${file:/etc/passwd}",
            "TAGS" => "${HOME}, ${file:/etc/passwd}",
            _ => throw new InvalidOperationException($"asked for {name}"),
        });
        profile.Section<SampleSettings>().Name.ShouldBe("${file:/etc/passwd}");
        profile.Section<SampleSettings>().Tags.ShouldBe(["${HOME}", "${file:/etc/passwd}"]);
    }
}
