using System.Text.RegularExpressions;
using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>The sources of figures that the enabled extensions bring.</summary>
internal sealed partial class FactCatalogue
{
    private readonly NamedContributions<FactSource> _sources = new("source of figures", "analytics sources");

    private FactCatalogue()
    {
    }

    public IReadOnlyCollection<FactSource> All => _sources.All;

    /// <exception cref="ExtensionException">A source stands twice, or is not well-formed.</exception>
    public static FactCatalogue Of(ExtensionRegistry extensions)
    {
        var catalogue = new FactCatalogue();
        foreach (var extension in extensions.Enabled)
            foreach (var source in extension.Facts)
                catalogue.Add(extension, source);
        return catalogue;
    }

    public FactSource? Find(string name) => _sources.Find(name);

    /// <summary>The source, for somebody who typed its name.</summary>
    /// <exception cref="ReportException">There is none; the message names the nearest.</exception>
    public FactSource Require(string name) => Find(name) ?? throw new ReportException("source", _sources.Missing(name));

    private void Add(Extension extension, FactSource source)
    {
        var what = _sources.Add(extension, source.Name, source);
        if (source.Measures.Count == 0) throw new ExtensionException($"{what} has no measure; there would be nothing to add up");
        string[] columns = ["day", .. source.Dimensions, .. source.Measures.Select(measure => measure.Name)];
        foreach (var column in columns)
            if (!ColumnName().IsMatch(column)) throw new ExtensionException($"{what}: '{column}' is not made of lower-case letters, digits and underscores, at most 40");
        if (columns.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new ExtensionException($"{what}: '{twice.Key}' stands twice; 'day' is every source's own");
        if (source.Loose.FirstOrDefault(name => !source.Dimensions.Contains(name)) is { } unknown) throw new ExtensionException($"{what}: '{unknown}' of {nameof(source.Loose)} is none of its dimensions");
        foreach (var parameter in (string[])["@from", "@to", "@tenant"])
            if (!source.Sql.Contains(parameter, StringComparison.Ordinal)) throw new ExtensionException($"{what}: its statement does not ask for {parameter}, so it would add up what does not belong together");
        if (source.Sql.Contains(';', StringComparison.Ordinal)) throw new ExtensionException($"{what}: its statement holds a semicolon; it is one select that stands inside another");
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,39}\z")]
    private static partial Regex ColumnName();
}
