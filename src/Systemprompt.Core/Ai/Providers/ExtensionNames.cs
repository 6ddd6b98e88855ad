using System.Text.RegularExpressions;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>Names of what extensions bring and the profile refers to: chat clients and route selectors.</summary>
internal static partial class ExtensionNames
{
    /// <summary>What enabled extensions bring of one kind, by name.</summary>
    /// <exception cref="ExtensionException">A name is not well-formed, or stands twice.</exception>
    public static Dictionary<string, T> Collect<T>(ExtensionRegistry extensions, string what, Func<Extension, IEnumerable<T>> contributions, Func<T, string> name)
    {
        var found = new Dictionary<string, T>(StringComparer.Ordinal);
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var extension in extensions.Enabled)
            foreach (var contribution in contributions(extension))
            {
                var place = $"extension '{extension.Id}': {what} '{name(contribution)}'";
                if (!WellFormed().IsMatch(name(contribution))) throw new ExtensionException($"{place} is no name of lower-case letters, digits, '_', '-' and '.', at most 100");
                if (!owners.TryAdd(name(contribution), extension.Id))
                    throw new ExtensionException($"{place} has the name of one that extension '{owners[name(contribution)]}' brings; rename one");
                found.Add(name(contribution), contribution);
            }

        return found;
    }

    /// <summary>What to tell of a name that nobody brings.</summary>
    public static string Unknown(string what, string name, IReadOnlyCollection<string> known) =>
        $"there is no {what} '{name}' in this binary{(Suggestion.Nearest(name, known) is { } near ? $", did you mean '{near}'?" : Known(known))}";

    public static string Known(IReadOnlyCollection<string> known) =>
        known.Count == 0 ? "; no extension brings one" : $"; there is {string.Join(", ", known.Order(StringComparer.Ordinal))}";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_.-]{0,99}\z")]
    private static partial Regex WellFormed();
}
