using System.Text.RegularExpressions;
using Systemprompt.Profiles;

namespace Systemprompt.Extensions;

/// <summary>What enabled extensions bring of one kind, each under a name that begins with its extension's id.</summary>
/// <param name="what">One of them, in a sentence: <c>job kind</c>.</param>
/// <param name="listing">The command that lists them.</param>
internal sealed partial class NamedContributions<T>(string what, string listing)
{
    private readonly Dictionary<string, T> _byName = new(StringComparer.Ordinal);

    public IReadOnlyCollection<T> All => _byName.Values;

    public T? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>What to tell somebody who typed a name that is not there; it names the nearest.</summary>
    public string Missing(string name) =>
        $"there is no {what} '{name}' in this binary{(Suggestion.Nearest(name, _byName.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : $"; '{listing}' lists them")}";

    /// <returns>How a message about it begins.</returns>
    /// <exception cref="ExtensionException">The name is not well-formed, or stands twice.</exception>
    public string Add(Extension extension, string name, T contribution)
    {
        var place = $"extension '{extension.Id}': {what} '{name}'";
        if (!WellFormed().IsMatch(name) || !name.StartsWith(extension.Id + ".", StringComparison.Ordinal))
            throw new ExtensionException($"{place} is not named {extension.Id}.WHAT, with lower-case letters, digits and underscores, at most 100");
        if (!_byName.TryAdd(name, contribution)) throw new ExtensionException($"{place} is registered twice");
        return place;
    }

    [GeneratedRegex(@"\A(?=.{3,100}\z)[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\z")]
    private static partial Regex WellFormed();
}
