using System.Text.RegularExpressions;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Analytics;

/// <summary>The sources of figures that the enabled extensions bring.</summary>
internal sealed partial class FactCatalogue
{
    private readonly Dictionary<string, FactSource> _sources = new(StringComparer.Ordinal);

    private FactCatalogue()
    {
    }

    public IReadOnlyCollection<FactSource> All => _sources.Values;

    /// <exception cref="ExtensionException">A source stands twice, or is not well-formed.</exception>
    public static FactCatalogue Of(ExtensionRegistry extensions)
    {
        var catalogue = new FactCatalogue();
        foreach (var extension in extensions.Enabled)
            foreach (var source in extension.Facts)
                catalogue.Add(extension, source);
        return catalogue;
    }

    public FactSource? Find(string name) => _sources.GetValueOrDefault(name);

    /// <summary>The source, for somebody who typed its name.</summary>
    /// <exception cref="ReportException">There is none; the message names the nearest.</exception>
    public FactSource Require(string name) => Find(name) ?? throw new ReportException(
        "source", $"there is no source of figures '{name}' in this binary{(Suggestion.Nearest(name, _sources.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : "; 'analytics sources' lists them")}");

    private void Add(Extension extension, FactSource source)
    {
        var what = $"extension '{extension.Id}': source of figures '{source.Name}'";
        if (!SourceName().IsMatch(source.Name) || !source.Name.StartsWith(extension.Id + ".", StringComparison.Ordinal))
            throw new ExtensionException($"{what} is not named {extension.Id}.WHAT, with lower-case letters, digits and underscores, at most 100");
        if (!_sources.TryAdd(source.Name, source)) throw new ExtensionException($"{what} is registered twice");
        if (source.Measures.Count == 0) throw new ExtensionException($"{what} has no measure; there would be nothing to add up");
        string[] columns = ["day", .. source.Dimensions, .. source.Measures.Select(measure => measure.Name)];
        foreach (var column in columns)
            if (!ColumnName().IsMatch(column)) throw new ExtensionException($"{what}: '{column}' is not made of lower-case letters, digits and underscores, at most 40");
        if (columns.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new ExtensionException($"{what}: '{twice.Key}' stands twice; 'day' is every source's own");
        foreach (var parameter in (string[])["@from", "@to", "@tenant"])
            if (!source.Sql.Contains(parameter, StringComparison.Ordinal)) throw new ExtensionException($"{what}: its statement does not ask for {parameter}, so it would add up what does not belong together");
        if (source.Sql.Contains(';', StringComparison.Ordinal)) throw new ExtensionException($"{what}: its statement holds a semicolon; it is one select that stands inside another");
    }

    [GeneratedRegex(@"\A(?=.{3,100}\z)[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\z")]
    private static partial Regex SourceName();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,39}\z")]
    private static partial Regex ColumnName();
}
