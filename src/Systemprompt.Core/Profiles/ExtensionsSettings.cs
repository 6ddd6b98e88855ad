using System.ComponentModel;

namespace Systemprompt.Profiles;

/// <summary>The profile section <c>extensions</c>.</summary>
public sealed record ExtensionsSettings
{
    /// <summary>Ids of extensions left out.</summary>
    [Description("Ids of extensions that are compiled in but left out in this environment: no routes, jobs, commands, or migrations of theirs.")]
    public IReadOnlyList<string> Disabled { get; init; } = [];
}
