using Systemprompt.Extensions;

namespace Systemprompt.Profiles;

/// <summary>The sections that the extensions in a binary declare.</summary>
internal static class ProfileSections
{
    /// <summary>Every section.</summary>
    /// <exception cref="ExtensionException">Two have the same key, or one has the key that names the tenant.</exception>
    public static IReadOnlyList<SettingsSection> Of(IEnumerable<Extension> extensions) => [.. WithOwners(extensions).Select(pair => pair.Section)];

    /// <summary>Every section with the extension that declares it.</summary>
    public static IReadOnlyList<(SettingsSection Section, Extension Owner)> WithOwners(IEnumerable<Extension> extensions)
    {
        var sections = new List<(SettingsSection Section, Extension Owner)>();
        IReadOnlyList<Extension> all = [.. extensions];
        foreach (var extension in all)
        {
            foreach (var section in extension.Settings)
            {
                if (section.Key == ProfileDocument.TenantKey)
                    throw new ExtensionException($"extension '{extension.Id}' declares the profile section '{section.Key}', which is the tenant's key; rename it");
                if (sections.FirstOrDefault(pair => pair.Section.Key == section.Key || pair.Section.Type == section.Type).Owner is { } other)
                    throw new ExtensionException(
                        $"extensions '{other.Id}' and '{extension.Id}' both declare the profile section '{section.Key}' ({section.Type.Name}); a section's key and its record belong to one extension");
                section.Extensions = all;
                sections.Add((section, extension));
            }
        }

        return sections;
    }
}
