using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>What is asked of a source.</summary>
internal sealed record FactQuery(FactSource Source, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Dimensions that the sums are told apart by.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>Dimensions that must have a value; null for none.</summary>
    public IReadOnlyList<(string Dimension, string? Value)> Where { get; init; } = [];
}

/// <summary>Sums of one day and one combination of dimensions.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Keys">Values of the dimensions that were asked for.</param>
/// <param name="Sums">The source's measures, in its order.</param>
internal sealed record FactGroup(DateOnly Day, IReadOnlyList<string?> Keys, long[] Sums);
