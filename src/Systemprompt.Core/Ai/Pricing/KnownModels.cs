using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Systemprompt.Ai;

/// <summary>The models whose list prices are in the binary (<c>prices.json</c>), so that an installation without internet knows them.</summary>
internal static class KnownModels
{
    private const string Day = "-yyyy-mm-dd";
    private static readonly Lazy<KnownModel[]> Loaded = new(Load);
    private static readonly Lazy<FrozenDictionary<string, KnownModel>> ById = new(() => Loaded.Value.ToFrozenDictionary(model => model.Id, StringComparer.Ordinal));

    public static IReadOnlyList<KnownModel> All => Loaded.Value;

    /// <summary>
    /// Finds a model by its id, also with a snapshot date (<c>-20251001</c>, <c>-2025-10-01</c>), <c>-latest</c>, <c>-0</c> or a context mark
    /// (<c>[1m]</c>) behind it. Anything else that merely begins like a known id is another model, whose price is not known.
    /// </summary>
    public static KnownModel? Find(ReadOnlySpan<char> model)
    {
        if (model.EndsWith("[1m]", StringComparison.Ordinal)) model = model[..^4];
        var lookup = ById.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(model, out var exact)) return exact;
        return SnapshotAt(model) is > 0 and var at && lookup.TryGetValue(model[..at], out var dated) ? dated : null;
    }

    /// <summary>Where the dash in front of a snapshot stands; 0 when there is none.</summary>
    private static int SnapshotAt(ReadOnlySpan<char> model)
    {
        if (model.Length > Day.Length && IsDay(model[^Day.Length..])) return model.Length - Day.Length;
        var dash = model.LastIndexOf('-');
        return dash > 0 && IsSnapshot(model[(dash + 1)..]) ? dash : 0;
    }

    private static bool IsDay(ReadOnlySpan<char> suffix)
    {
        for (var i = 0; i < Day.Length; i++)
            if (Day[i] == '-' ? suffix[i] != '-' : !char.IsAsciiDigit(suffix[i])) return false;
        return true;
    }

    private static bool IsSnapshot(ReadOnlySpan<char> suffix) =>
        suffix is "latest" or "0" || (suffix.Length == 8 && !suffix.ContainsAnyExceptInRange('0', '9'));

    private static KnownModel[] Load()
    {
        using var stream = typeof(KnownModels).Assembly.GetManifestResourceStream("Ai/prices.json")!;
        return [.. JsonSerializer.Deserialize(stream, PriceJson.Default.PriceFile)!.Vendors.SelectMany(vendor => vendor.Models.Select(entry => Read(vendor, entry)))];
    }

    private static KnownModel Read(PriceVendor vendor, PriceEntry entry) =>
        new(entry.Id, entry.Name, vendor.Vendor, entry.Retired, entry.MaxOutput, PriceOf(vendor.PercentOfInput, entry) with
        {
            LongPrompt = entry.LongPrompt is { } tier ? new LongPromptPrice(tier.AboveTokens, PriceOf(vendor.PercentOfInput, tier)) : null,
        });

    private static ModelPrice PriceOf(PricePercents percents, PriceEntry entry) => ModelPrice.Of(
        entry.Input,
        entry.Output,
        entry.CacheWrite5m ?? entry.Input * percents.CacheWrite5m / 100,
        entry.CacheWrite1h ?? entry.Input * percents.CacheWrite1h / 100,
        entry.CacheRead ?? entry.Input * percents.CacheRead / 100);
}

/// <summary>A model known to this release.</summary>
/// <param name="Id">What it is called in a call.</param>
/// <param name="Name">What it is called among people.</param>
/// <param name="Vendor">Whose it is, such as <c>anthropic</c>.</param>
/// <param name="Retired">Its price is kept for those who still have it.</param>
/// <param name="MaxOutput">The most tokens that it writes in one answer; null where nothing depends on it.</param>
/// <param name="Price">Its list price.</param>
internal sealed record KnownModel(string Id, string Name, string Vendor, bool Retired, long? MaxOutput, ModelPrice Price);

internal sealed record PriceFile(IReadOnlyList<PriceVendor> Vendors);

internal sealed record PriceVendor(string Vendor, PricePercents PercentOfInput, IReadOnlyList<PriceEntry> Models);

/// <summary>What the cache costs where an entry says nothing, in percent of input. A vendor that charges nothing extra for writing charges input: 100.</summary>
internal sealed record PricePercents
{
    [JsonPropertyName("cache_write_5m")]
    public required int CacheWrite5m { get; init; }

    [JsonPropertyName("cache_write_1h")]
    public required int CacheWrite1h { get; init; }

    public required int CacheRead { get; init; }
}

internal sealed record PriceEntry
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public bool Retired { get; init; }

    public long? MaxOutput { get; init; }

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
