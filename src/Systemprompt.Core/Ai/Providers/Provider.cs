namespace Systemprompt.Ai;

/// <summary>One provider of the profile, ready for routing.</summary>
/// <param name="Name">Its key in the profile.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Models">What it serves.</param>
/// <param name="Prices">Prices of the profile, then those in the binary.</param>
/// <param name="DisabledBecause">Why it takes no calls, in words for an operator; null while it does.</param>
internal sealed record Provider(string Name, ProviderSettings Settings, IReadOnlyList<ModelPattern> Models, PriceTable Prices, string? DisabledBecause)
{
    public bool IsEnabled => DisabledBecause is null;

    public static Provider Create(string name, ProviderSettings settings) =>
        new(name, settings, [.. settings.Models.Select(model => new ModelPattern(model))], PriceTable.For(settings), Disabled(name, settings));

    /// <summary>The weight of the best pattern that matches, or -1.</summary>
    public int Match(ReadOnlySpan<char> model)
    {
        var best = -1;
        for (var i = 0; i < Models.Count; i++)
            if (Models[i].Weight > best && Models[i].Matches(model))
                best = Models[i].Weight;
        return best;
    }

    private static string? Disabled(string name, ProviderSettings settings) => settings switch
    {
        { Enabled: false } => $"switched off (ai.providers.{name}.enabled)",
        { Wire: Wire.Anthropic, ApiKey: null or "" } => $"no key (ai.providers.{name}.api_key is unset)",
        _ => null,
    };
}
