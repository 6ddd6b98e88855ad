using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace ExtensionName1;

/// <summary>The section <c>extension_id1</c> of a profile. A key is a property's name in snake_case.</summary>
public sealed record ExtensionClass1Settings
{
    [Description("Longest text an entry may have, in characters.")]
    [Range(1, 10_000)]
    public int LongestText { get; init; } = 200;
}
