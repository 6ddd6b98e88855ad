namespace Systemprompt.Profiles.Yaml;

/// <summary>
/// References to variables and files (<c>${NAME}</c>, <c>${file:/path}</c>) in values that come from somebody who need not be at this machine. They are not filled in:
/// a fault that quotes the value, or a list of what is set, would tell him a variable of the process, or a file.
/// </summary>
internal static class YamlReferences
{
    public const string NotFilled = "variables and files are not filled in here; write the value out, or $${ for the two characters";

    /// <summary>Where a value refers to one.</summary>
    public static IEnumerable<YamlPlace> In(YamlNode node) => node switch
    {
        YamlMap map => map.Entries.SelectMany(entry => In(entry.Value)),
        YamlList list => list.Items.SelectMany(In),
        YamlText text when text.Value.Replace("$${", " ", StringComparison.Ordinal).Contains("${", StringComparison.Ordinal) => [text.Place],
        _ => [],
    };
}
