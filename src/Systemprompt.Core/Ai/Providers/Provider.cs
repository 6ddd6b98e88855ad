using Systemprompt.Secrets;

namespace Systemprompt.Ai;

/// <summary>One provider of the profile, ready for routing.</summary>
/// <param name="Name">Its key in the profile.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Models">What it serves.</param>
/// <param name="Prices">Prices of the profile, then those in the binary.</param>
/// <param name="Secrets">Where a key that is no setting is; null where there is no database to look in.</param>
internal sealed record Provider(string Name, ProviderSettings Settings, IReadOnlyList<ModelPattern> Models, PriceTable Prices, ISecrets? Secrets)
{
    public bool IsEnabled => DisabledBecause is null;

    /// <summary>The key as it is now.</summary>
    public string? Key => Settings.ApiKey is { Length: > 0 } key ? key : Settings.ApiKeySecret is { Length: > 0 } name ? Secrets?.Find(name) : null;

    /// <summary>Why it takes no calls, in words for an operator; null while it does.</summary>
    public string? DisabledBecause => Settings switch
    {
        { Enabled: false } => $"switched off (ai.providers.{Name}.enabled)",
        { Wire: Wire.Echo or Wire.ChatClient } or { Keyless: true } => null,
        { ApiKeySecret: { Length: > 0 } secret } when Secrets is not null && Key is null => $"no key (there is no secret '{secret}'; admin secrets set {secret})",
        { ApiKey: null or "", ApiKeySecret: null or "" } => $"no key (ai.providers.{Name}.api_key is unset)",
        _ => null,
    };

    public static Provider Create(string name, ProviderSettings settings, ISecrets? secrets) =>
        new(name, settings, [.. settings.Models.Select(model => new ModelPattern(model))], PriceTable.For(settings), secrets);

    /// <summary>What a metric calls a model: an id that is known here, else the pattern of the profile that covers it.</summary>
    public string LabelOf(string model)
    {
        if (KnownModels.Find(model) is { } known) return known.Id;
        var weight = Match(model);
        foreach (var pattern in Models)
            if (pattern.Weight == weight && pattern.Matches(model)) return pattern.ToString();
        return "";
    }

    /// <summary>The weight of the best pattern that matches, or -1.</summary>
    public int Match(ReadOnlySpan<char> model)
    {
        var best = -1;
        for (var i = 0; i < Models.Count; i++)
            if (Models[i].Weight > best && Models[i].Matches(model))
                best = Models[i].Weight;
        return best;
    }
}
