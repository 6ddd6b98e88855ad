using System.ComponentModel;
using Systemprompt.Profiles;

namespace Systemprompt.Marketplace;

/// <summary>How the marketplace presents itself.</summary>
public sealed record MarketplaceSettings
{
    /// <summary>The name clients address it by, as in <c>plugin@name</c>.</summary>
    [Description("Name that clients address the marketplace by (plugin@name): lower-case letters, digits and single hyphens. Empty: the binary's name.")]
    public string Name { get; init; } = "";

    /// <summary>One sentence about it.</summary>
    [Description("One sentence about the marketplace.")]
    public string Description { get; init; } = "";

    /// <summary>Who answers for it.</summary>
    [Description("Who answers for the plugins. Empty: the tenant.")]
    public string Owner { get; init; } = "";

    /// <summary>The owner's mail address.</summary>
    [Description("The owner's mail address. Empty: none is shown.")]
    public string OwnerEmail { get; init; } = "";

    internal static void Validate(MarketplaceSettings settings, SettingsFaults faults)
    {
        if (settings.Name.Length > 0 && !PluginNames.IsValid(settings.Name))
            faults.Add("name", $"'{settings.Name}' is no marketplace name: {PluginNames.Rule}");
    }
}
