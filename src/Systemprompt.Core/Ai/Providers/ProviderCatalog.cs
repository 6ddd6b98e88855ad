using Systemprompt.Secrets;

namespace Systemprompt.Ai;

/// <summary>Which provider serves which model. Built from the profile; only keys can come from the secrets.</summary>
internal sealed class ProviderCatalog
{
    private readonly Provider[] _all;

    /// <param name="settings">The profile.</param>
    /// <param name="secrets">Where keys may be that are no settings; null for a command without a database.</param>
    public ProviderCatalog(AiSettings settings, ISecrets? secrets = null) =>
        _all = [.. settings.Providers.Select(entry => Provider.Create(entry.Key, entry.Value, secrets)).OrderBy(provider => provider.Name, StringComparer.Ordinal)];

    public IReadOnlyList<Provider> All => _all;

    /// <summary>
    /// The provider for a model: an exact id before a pattern, a longer pattern before a shorter, an enabled provider before a disabled
    /// one, ties by name. The answer can be disabled, so that a refusal can say why.
    /// </summary>
    public Provider? Route(ReadOnlySpan<char> model)
    {
        Provider? best = null;
        var weight = -1;
        foreach (var provider in _all)
        {
            var match = provider.Match(model);
            if (match < 0) continue;
            if (best is null || (provider.IsEnabled && !best.IsEnabled) || (provider.IsEnabled == best.IsEnabled && match > weight))
                (best, weight) = (provider, match);
        }

        return best;
    }

    /// <summary>Every model that can be named: exact ids of the profile, and the known ids that a pattern covers.</summary>
    public IReadOnlyList<CatalogModel> Models()
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var provider in _all)
            foreach (var pattern in provider.Models)
                if (!pattern.IsPrefix)
                    ids.Add(pattern.ToString());
                else
                    foreach (var known in KnownModels.All)
                        if (!known.Retired && pattern.Matches(known.Id) && Serves(provider.Settings.Wire, known))
                            ids.Add(known.Id);
        return [.. ids.Select(Describe)];
    }

    // A vendor's own protocol leads to that vendor's models. What speaks the others can have anybody's.
    private static bool Serves(Wire wire, KnownModel model) => wire switch
    {
        Wire.Anthropic => model.Vendor == "anthropic",
        Wire.OpenaiResponses => model.Vendor == "openai",
        Wire.Gemini => model.Vendor == "google",
        _ => true,
    };

    private CatalogModel Describe(string id)
    {
        var provider = Route(id)!;
        return new CatalogModel(id, KnownModels.Find(id)?.Name ?? id, provider, provider.Prices.Find(id));
    }
}

/// <summary>A model that can be named in a call.</summary>
internal sealed record CatalogModel(string Id, string DisplayName, Provider Provider, ModelPrice? Price);
