using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>A route in the profile: which calls it takes, and where they may go, in order.</summary>
internal sealed record RouteSettings
{
    [Required]
    [Description("Model names it takes: exact, or with one * at the end. A name that no provider has is an alias. Exact goes before patterns, longer patterns before shorter; of equals, the route with more conditions.")]
    public IReadOnlyList<string> Models { get; init; } = [];

    [Required]
    [Description("Where its calls go, in order: PROVIDER, or PROVIDER/MODEL where the provider is to be asked for another model. The next one is asked when one cannot be reached, is overloaded or fails, and nothing of an answer has come.")]
    public IReadOnlyList<string> To { get; init; } = [];

    [Description("Only calls that offer tools, or only calls that offer none.")]
    public bool? Tools { get; init; }

    [Description("Only calls that want a stream, or only calls that want none.")]
    public bool? Stream { get; init; }

    [Description("Only calls whose body is at least so large.")]
    public ByteSize? MinBody { get; init; }

    [Description("Only calls whose body is at most so large.")]
    public ByteSize? MaxBody { get; init; }

    [Description("Name of a route selector that an extension of this binary brings: it sees each call and may put the targets in another order, or leave some out. Policies judge what it chose.")]
    public string? Selector { get; init; }

    [Description("Longest wait for the selector; then the call goes in the order above.")]
    public TimeSpan SelectorTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    public void Validate(string path, IReadOnlyDictionary<string, ProviderSettings> providers, SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        if (Models.Count == 0) faults.Add($"{path}.models", "must name at least one model, such as claude-* or an alias");
        for (var i = 0; i < Models.Count; i++)
            if (!ModelPattern.IsValid(Models[i]))
                faults.Add($"{path}.models[{i}]", "must be a model id, or the beginning of one followed by a single * at the end");
        if (To.Count == 0) faults.Add($"{path}.to", "must name at least one provider, such as anthropic or anthropic/claude-haiku-4-5");
        for (var i = 0; i < To.Count; i++)
        {
            var (provider, model) = Split(To[i]);
            if (!providers.ContainsKey(provider)) faults.Add($"{path}.to[{i}]", $"there is no provider '{provider}' (ai.providers has {string.Join(", ", providers.Keys.Order(StringComparer.Ordinal))})");
            else if (model is not null && (!ModelPattern.IsValid(model) || model.EndsWith('*'))) faults.Add($"{path}.to[{i}]", "must be PROVIDER or PROVIDER/MODEL");
        }

        if (Selector is { Length: > 0 })
        {
            List<string> selectors = [.. extensions.SelectMany(extension => extension.RouteSelectors).Select(selector => selector.Name)];
            if (!selectors.Contains(Selector)) faults.Add($"{path}.selector", ExtensionNames.Unknown("route selector", Selector, selectors));
        }

        if (SelectorTimeout < TimeSpan.FromMilliseconds(1) || SelectorTimeout > TimeSpan.FromSeconds(10)) faults.Add($"{path}.selector_timeout", "must lie between 1ms and 10s");
        if (MinBody is { } least && MaxBody is { } most && least.Bytes > most.Bytes) faults.Add($"{path}.min_body", "must not be more than max_body");
    }

    /// <summary>Splits <c>PROVIDER/MODEL</c>; a model's own name may hold slashes.</summary>
    public static (string Provider, string? Model) Split(string target) =>
        target.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? (target[..slash], target[(slash + 1)..]) : (target, null);
}
