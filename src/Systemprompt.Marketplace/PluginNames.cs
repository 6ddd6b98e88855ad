using System.Text.RegularExpressions;

namespace Systemprompt.Marketplace;

/// <summary>What Claude clients accept as the name of a plugin or marketplace.</summary>
internal static partial class PluginNames
{
    public const string Rule = "lower-case letters and digits in words joined by single hyphens, at most 64 characters";

    public static bool IsValid(string name) => name.Length <= 64 && Pattern().IsMatch(name);

    /// <summary>The nearest valid name to any text; <c>marketplace</c> when nothing of it is left.</summary>
    public static string From(string text)
    {
        var name = Other().Replace(text.ToLowerInvariant(), "-").Trim('-');
        name = name.Length > 64 ? name[..64].TrimEnd('-') : name;
        return name.Length == 0 ? "marketplace" : name;
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
