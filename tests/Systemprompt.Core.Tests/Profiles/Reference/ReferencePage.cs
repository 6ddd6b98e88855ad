using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Systemprompt.Extensions;
using Systemprompt.Profiles;
using Systemprompt.Profiles.Binding;
using Systemprompt.Profiles.Reference;

namespace Systemprompt.Core.Tests.Profiles.Reference;

/// <summary>Writes <c>docs/reference/profile.md</c> from the settings types.</summary>
internal static class ReferencePage
{
    private const int LongestDefault = 150;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IEnumerable<Extension> extensions)
    {
        var page = new StringBuilder(
            """
            # Profile

            Every key of `profiles/NAME/profile.yaml` that ships. Your own extensions add theirs: the command `admin config schema` prints the whole
            schema of your binary, for your editor; `admin config show` prints what is in effect and where it comes from.

            This page and [profile.schema.json](profile.schema.json) are written from the settings types; a test fails when they are stale.

            ## How values are written

            - Unknown keys, duplicate keys, anchors, aliases, merge keys, tags and second documents are refused. Every fault is reported at once, as
              `file:line:column: what, remedy`.
            - `${NAME}` is a variable, `${NAME:-default}` one with a default, `${file:/path}` a file's content without its last line end. If `NAME` is
              unset and `NAME_FILE` is set, the file that it names is read. `$${` stands for the two characters `${`. A variable that is not set is
              a fault that names key and variable, and only for a command that reads the section.
            - Durations are `500ms`, `30s`, `5m`, `12h`, `7d`; sizes are `512`, `64KB`, `32MB`, `1GB` (powers of 1024); a switch is `true` or `false`,
              and `on`, `off`, `yes`, `no` too. A list may come from one variable, separated by commas.
            - A secret never stands in a profile. It is one reference to where it is: `${NAME}`, `${NAME:-}` if it may be unset, or
              `${file:/run/secrets/name}`.
            - A key without a value, and one whose variable comes out empty, has its default. Long defaults stand in the schema.

            ## `tenant`


            """);
        page.Append(CultureInfo.InvariantCulture, $"Required. {ProfileDocument.TenantDescription}\n");
        foreach (var (section, owner) in ProfileSections.WithOwners(extensions).OrderBy(pair => pair.Section.Key, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## `{section.Key}`\n\n{owner.Description}\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
            var settings = SettingsType.Of(section.Type);
            Rows(page, "", settings, settings.Create());
        }

        return page.ToString();
    }

    private static void Rows(StringBuilder page, string path, SettingsType settings, object? defaults)
    {
        foreach (var property in settings.Properties)
        {
            var key = path + property.Key;
            var type = SettingsKind.Plain(property.Type);
            var standard = defaults is null ? null : property.Property.GetValue(defaults);
            if (!SettingsKind.IsRecord(type)) Row(page, key, property, standard);
            if (Inner(type) is not var (suffix, inner)) continue;
            var record = SettingsType.Of(inner);
            if (SettingsKind.IsRecord(type)) page.Append(CultureInfo.InvariantCulture, $"| `{key}` | a mapping | | {Cell(property.Description)} |\n");
            Rows(page, $"{key}{suffix}.", record, SettingsKind.IsRecord(type) && standard is not null ? standard : record.Create());
        }
    }

    /// <summary>The record inside a type and how the path to it goes on, or null.</summary>
    private static (string Suffix, Type Record)? Inner(Type type) =>
        SettingsKind.IsRecord(type) ? ("", type)
        : SettingsKind.ListItem(type) is { } item && SettingsKind.IsRecord(item) ? ("[]", item)
        : SettingsKind.MapValue(type) is { } value && SettingsKind.IsRecord(value) ? (".NAME", value)
        : null;

    private static void Row(StringBuilder page, string key, SettingsProperty property, object? standard)
    {
        var shown = property.IsRequired ? "*required*" : property.IsSecret || standard is null or "" ? "" : $"`{Cell(Show(standard))}`";
        page.Append(CultureInfo.InvariantCulture, $"| `{key}` | {Kind(property)} | {shown} | {Cell(property.Description)} |\n");
    }

    private static string Show(object standard)
    {
        if (SettingsJson.Of(standard) is not { } node || node.GetValueKind() is not (JsonValueKind.Array or JsonValueKind.Object)) return ValueText.Show(standard);
        var text = node.ToJsonString(Plain);
        return text.Length <= LongestDefault ? text : $"{node.AsArray().Count} entries";
    }

    private static string Kind(SettingsProperty property)
    {
        if (property.IsSecret) return "a secret";
        var type = SettingsKind.Plain(property.Type);
        var kind = SettingsKind.ListItem(type) is { } item ? $"a list of {(SettingsKind.IsRecord(item) ? "mappings" : Short(item))}"
            : SettingsKind.MapValue(type) is not null ? "mappings by name"
            : Short(type);
        return property.Rules.OfType<RangeAttribute>().FirstOrDefault() is { } range ? $"{kind}, {range.Minimum} to {range.Maximum}" : kind;
    }

    private static string Short(Type type) =>
        type == typeof(TimeSpan) ? "a duration"
        : type == typeof(ByteSize) ? "a size"
        : type.IsEnum ? string.Join(", ", ValueText.Choices(type).Select(choice => $"`{choice}`"))
        : ValueText.Describe(type);

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
}
