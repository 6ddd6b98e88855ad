using Systemprompt.Profiles;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Core.Tests.Profiles;

/// <summary>Profiles and what becomes of them, side by side in <c>Golden/</c>: either every fault, or every setting and where it comes from.</summary>
public sealed class GoldenTests
{
    private const string Variables = "=== variables\n", Profile = "=== profile\n", Outcome = "=== outcome\n";

    private static readonly string Folder = FindFolder();

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_profile_comes_out_as_written_beside_it(string name)
    {
        var file = Path.Combine(Folder, $"{name}.txt");
        var text = File.ReadAllText(file);
        var (profile, outcome) = (text.IndexOf(Profile, StringComparison.Ordinal), text.IndexOf(Outcome, StringComparison.Ordinal));
        var variables = text[Variables.Length..profile].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

        var actual = OutcomeOf(text[(profile + Profile.Length)..outcome], variables);

        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") File.WriteAllText(file, $"{text[..outcome]}{Outcome}{actual}");
        actual.ShouldBe(File.ReadAllText(file)[(outcome + Outcome.Length)..], $"{name}: see Golden/{name}.txt; UPDATE_BASELINE=1 writes the outcome anew");
    }

    private static string OutcomeOf(string text, Dictionary<string, string> variables)
    {
        try
        {
            var profile = SampleProfile.Load(text, variables.GetValueOrDefault);
            profile.ResolveAll();
            return $"tenant {profile.Tenant}\n" + string.Concat(profile.Document.Sections.SelectMany(section => Settings(profile, section)));
        }
        catch (ProfileException exception)
        {
            return $"{exception.Message}\n";
        }
    }

    private static IEnumerable<string> Settings(Profile profile, SettingsSection section) =>
        ConfigListing.Of(section.Key, profile.Document.Bind(section, [], out var origins)!, origins)
            .Where(row => row.From is not ("default" or "unset"))
            .Select(row => $"{row.Key} = {row.Value} ({row.From})\n");

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        return Path.Combine(folder.FullName, "tests/Systemprompt.Core.Tests/Profiles/Golden");
    }
}
