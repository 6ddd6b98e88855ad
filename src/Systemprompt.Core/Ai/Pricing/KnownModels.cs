using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Systemprompt.Ai;

/// <summary>The models whose list prices are in the binary (<c>prices.json</c>), so that an installation without internet knows them.</summary>
internal static class KnownModels
{
    private static readonly Lazy<KnownModel[]> Loaded = new(Load);
    private static readonly Lazy<FrozenDictionary<string, KnownModel>> ById = new(() => Loaded.Value.ToFrozenDictionary(model => model.Id, StringComparer.Ordinal));

    public static IReadOnlyList<KnownModel> All => Loaded.Value;

    /// <summary>
    /// Finds a model by its id, also with a snapshot date (<c>-20251001</c>), <c>-latest</c>, <c>-0</c> or a context mark (<c>[1m]</c>)
    /// behind it. Anything else that merely begins like a known id is another model, whose price is not known.
    /// </summary>
    public static KnownModel? Find(ReadOnlySpan<char> model)
    {
        if (model.EndsWith("[1m]", StringComparison.Ordinal)) model = model[..^4];
        var lookup = ById.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(model, out var exact)) return exact;
        var dash = model.LastIndexOf('-');
        if (dash < 1 || !IsSnapshot(model[(dash + 1)..])) return null;
        return lookup.TryGetValue(model[..dash], out var dated) ? dated : null;
    }

    private static bool IsSnapshot(ReadOnlySpan<char> suffix) =>
        suffix is "latest" or "0" || (suffix.Length == 8 && !suffix.ContainsAnyExceptInRange('0', '9'));

    private static KnownModel[] Load()
    {
        using var stream = typeof(KnownModels).Assembly.GetManifestResourceStream("Ai/prices.json")!;
        return [.. JsonSerializer.Deserialize(stream, PriceJson.Default.PriceFile)!.Models.Select(Read)];
    }

    private static KnownModel Read(PriceEntry entry) =>
        new(entry.Id, entry.Name, entry.Retired, PriceOf(entry) with
        {
            LongPrompt = entry.LongPrompt is { } tier ? new LongPromptPrice(tier.AboveTokens, PriceOf(tier)) : null,
        });

    private static ModelPrice PriceOf(PriceEntry entry) => ModelPrice.Of(entry.Input, entry.Output, entry.CacheWrite5m, entry.CacheWrite1h, entry.CacheRead);
}

/// <summary>A model known to this release.</summary>
internal sealed record KnownModel(string Id, string Name, bool Retired, ModelPrice Price);

internal sealed record PriceFile(IReadOnlyList<PriceEntry> Models);

internal sealed record PriceEntry
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public bool Retired { get; init; }

    public long AboveTokens { get; init; }

    public required long Input { get; init; }

    public required long Output { get; init; }

    [JsonPropertyName("cache_write_5m")]
    public long? CacheWrite5m { get; init; }

    [JsonPropertyName("cache_write_1h")]
    public long? CacheWrite1h { get; init; }

    public long? CacheRead { get; init; }

    public PriceEntry? LongPrompt { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PriceFile))]
internal sealed partial class PriceJson : JsonSerializerContext;
