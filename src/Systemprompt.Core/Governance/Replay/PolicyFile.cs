using Systemprompt.Cli;
using Systemprompt.Profiles;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Governance.Replay;

/// <summary>Settings of policies in a file of their own, as they would stand below <c>governance:</c>.</summary>
internal static class PolicyFile
{
    /// <summary>The settings as they are now with the file's keys in place of theirs.</summary>
    /// <param name="path">Its name, for faults.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="profile">The settings as they are now.</param>
    /// <param name="fills">False where it comes from somebody who is not at this machine: a fault that names a value would tell him a variable, or a file.</param>
    /// <exception cref="CliException">The file cannot be read, or has faults; all of them are named.</exception>
    public static GovernanceSettings Read(string path, string text, Profile profile, bool fills = true)
    {
        var faults = new List<ProfileFault>();
        if (YamlReader.Read(path, text, faults, new YamlUse("a file of policies", "blocklist")) is { } root)
        {
            // Somebody who cuts it out of a profile has the section's key too.
            if (root is { Entries: [{ Key: "governance", Value: YamlMap inside }] }) root = inside;
            if (!fills) faults.AddRange(YamlReferences.In(root).Select(place => new ProfileFault(path, place.Line, place.Column, YamlReferences.NotFilled)));
            if (Bind(path, root, profile, faults) is { } settings) return settings;
        }

        throw new CliException(string.Join('\n', faults));
    }

    private static GovernanceSettings? Bind(string path, YamlMap root, Profile profile, List<ProfileFault> faults)
    {
        var document = profile.Document;
        foreach (var entry in root.Entries) document = document.With(["governance", entry.Key], entry.Value, entry.Place);
        try
        {
            return faults.Count == 0 ? new Profile(document).Section<GovernanceSettings>() : null;
        }
        catch (ProfileException exception)
        {
            // Places are those in the file; the section's other keys were right before.
            faults.AddRange(exception.Faults.Select(fault => fault with { Source = path }));
            return null;
        }
    }
}
