using System.Text;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Profiles;

/// <summary>Chooses, reads and checks a profile. Sections are bound later, on first use.</summary>
internal static class ProfileLoader
{
    public const string Variable = "SYSTEMPROMPT_PROFILE";

    /// <param name="nameOrPath">From <c>--profile</c>; null takes <see cref="Variable"/>.</param>
    /// <param name="sources">What there is to choose from.</param>
    /// <param name="sections">Every section that an extension in this binary declares.</param>
    /// <param name="variables">Looks a variable up.</param>
    /// <exception cref="ProfileException">None is chosen, it is not there, or it has faults that no variable can mend.</exception>
    public static Profile Load(string? nameOrPath, ProfileSources sources, IReadOnlyList<SettingsSection> sections, Func<string, string?> variables)
    {
        var known = sources.All.Count == 0 ? "there is none in profiles/ or in this binary" : $"there is {string.Join(", ", sources.All.Select(source => source.Name))}";
        var chosen = string.IsNullOrEmpty(nameOrPath) ? variables(Variable) : nameOrPath;
        if (string.IsNullOrEmpty(chosen))
            throw Fault("profile", $"no profile is chosen: set {Variable} or pass --profile NAME; {known}");
        var source = sources.Find(chosen) ?? throw Fault("profile",
            Suggestion.Nearest(chosen, [.. sources.All.Select(source => source.Name)]) is { } near ? $"there is no profile '{chosen}', did you mean '{near}'?" : $"there is no profile '{chosen}'; {known}");
        string text;
        try
        {
            text = source.Read();
        }
        catch (DecoderFallbackException)
        {
            throw Fault(source.Source, "is not UTF-8 text");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fault(source.Source, $"cannot be read: {exception.Message}");
        }

        return new Profile(Parse(source.Name, source.Source, text, sections, variables));
    }

    /// <summary>Parses a profile's text.</summary>
    public static ProfileDocument Parse(
        string name, string source, string text, IReadOnlyList<SettingsSection> sections, Func<string, string?> variables)
    {
        var faults = new List<ProfileFault>();
        var root = YamlReader.Read(source, text, faults);
        if (root is null) throw new ProfileException(faults);
        var document = new ProfileDocument(name, source, root, sections, new ProfileVariables(variables));
        document.CheckShape(faults);
        // An operator who has to mend something wants to know of everything, the variables too.
        if (faults.Count > 0) throw new ProfileException(document.AllFaults(faults));
        return document;
    }

    private static ProfileException Fault(string source, string message) => new([new ProfileFault(source, 0, 0, message)]);
}
