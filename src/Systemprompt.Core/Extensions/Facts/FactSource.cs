namespace Systemprompt.Extensions;

/// <summary>
/// Figures of an extension that can be added up: model calls and their cost, page views, invoices. Every source is rolled up by day, and shown by
/// <c>analytics show</c>, <c>/api/v1/analytics/show/NAME</c> and <c>analytics overview</c>. The statement stands with the extension that owns the
/// tables; nobody else reads them.
/// </summary>
/// <param name="Name">Stable name, by convention <c>extension.what</c>, such as <c>billing.invoices</c>. It is stored with every day: never rename it.</param>
/// <param name="Title">A few words for listings, such as <c>Invoices</c>.</param>
public sealed record FactSource(string Name, string Title)
{
    /// <summary>
    /// What figures can be told apart by: columns of the statement, written as text; null stands for none. Lower-case letters, digits and
    /// underscores. A day keeps a row for each combination that occurs, so a dimension has dozens or thousands of values, not millions.
    /// </summary>
    public required IReadOnlyList<string> Dimensions { get; init; }

    /// <summary>
    /// Those of <see cref="Dimensions"/> whose values callers without a token choose, such as where they say they came from; the most telling first.
    /// Of a day the sums keep the 1,000 values of each that count the most by the first measure, and 10,000 combinations of them: in what is beyond,
    /// the value is <c>(other)</c>, in further combinations that of all but the first. Totals are whole. Empty when there is none.
    /// </summary>
    public IReadOnlyList<string> Loose { get; init; } = [];

    /// <summary>What is added up, the most telling first: columns of the statement, whole numbers.</summary>
    public required IReadOnlyList<FactMeasure> Measures { get; init; }

    /// <summary>
    /// One <c>select</c> without a semicolon. It gives <c>day</c> (a date, UTC), every dimension and every measure, for what happened at or after
    /// <c>@from</c> and before <c>@to</c> (<c>timestamptz</c>) in <c>@tenant</c>, and nothing for other times: the parts of a day added up must be the day.
    /// </summary>
    public required string Sql { get; init; }
}

/// <summary>One figure of a <see cref="FactSource"/>.</summary>
/// <param name="Name">The column.</param>
/// <param name="Unit">What it counts.</param>
public sealed record FactMeasure(string Name, FactUnit Unit = FactUnit.Count);

/// <summary>What a figure counts.</summary>
public enum FactUnit
{
    /// <summary>Things.</summary>
    Count,

    /// <summary>Millionths of a US dollar.</summary>
    Microdollars,

    /// <summary>Microseconds, added up. Listings show the mean: the sum over the source's first measure.</summary>
    Microseconds,

    /// <summary>Bytes.</summary>
    Bytes,
}
