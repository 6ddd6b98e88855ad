namespace Systemprompt.Analytics;

/// <summary>A form of CSV in which a provider says what was used, known by its header. docs/costs.md says where each was seen.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Title">For people.</param>
/// <param name="Columns">The columns by which it is known.</param>
/// <param name="Optional">Columns of which it has any, and the figure each is; when there are only such, it has one at least.</param>
/// <param name="Read">Reads a line; null for one that says nothing.</param>
internal sealed record ExportFormat(string Name, string Title, IReadOnlyList<string> Columns, IReadOnlyList<(string Column, UsageFigure Figure)> Optional, Func<ExportRow, ExportLine?> Read)
{
    /// <summary>The figures that it always has.</summary>
    public IReadOnlyList<UsageFigure> Always { get; init; } = [];

    /// <summary>In the order in which they are tried.</summary>
    public static IReadOnlyList<ExportFormat> All { get; } =
    [
        new("anthropic_usage", "Anthropic's usage",
            [
                "usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_read",
                "usage_output_tokens",
            ], [], AnthropicUsage) { Always = [UsageFigure.Input, UsageFigure.CacheWrite, UsageFigure.CacheRead, UsageFigure.Output] },
        new("anthropic_cost", "Anthropic's cost", ["usage_date_utc", "model", "token_type", "cost_usd"], [], AnthropicCost) { Always = [UsageFigure.Cost] },
        new("openai_usage", "OpenAI's usage", ["start_time", "model", "input_tokens", "output_tokens"], [("input_cached_tokens", UsageFigure.CacheRead)], OpenAiUsage)
        {
            Always = [UsageFigure.Input, UsageFigure.Output],
        },
        new("openai_cost", "OpenAI's cost", ["start_time", "amount_value", "amount_currency", "line_item"], [], OpenAiCost) { Always = [UsageFigure.Cost] },
        new("plain", "plain", ["day", "model"],
            [
                ("input_tokens", UsageFigure.Input), ("output_tokens", UsageFigure.Output), ("cost_usd", UsageFigure.Cost), ("cache_write_tokens", UsageFigure.CacheWrite), ("cache_read_tokens", UsageFigure.CacheRead),
            ], Plain),
    ];

    /// <summary>The figures that a file with this header has.</summary>
    public IReadOnlyList<UsageFigure> FiguresOf(ExportRow header) => [.. Always.Concat(Optional.Where(column => header.Has(column.Column)).Select(column => column.Figure)).Order()];

    /// <summary>The form of a file.</summary>
    /// <exception cref="ExportException">It has none that is known; the message says what each is known by.</exception>
    public static ExportFormat Of(ExportRow header, string file) =>
        All.FirstOrDefault(format => format.Columns.All(header.Has) && format.FiguresOf(header).Count > 0)
        ?? throw new ExportException($"{file}: line 1: these are the columns of no export that is known: {string.Join("; ", All.Select(format => $"{format.Title} export has {string.Join(", ", format.Columns)}"))} and any of {string.Join(", ", All[^1].Optional.Select(column => column.Column))}");

    private static ExportLine AnthropicUsage(ExportRow row) => new(row.Day("usage_date_utc"), row.Model("model_version"))
    {
        Figures =
        {
            [UsageFigure.Input] = row.Count("usage_input_tokens_no_cache"),
            [UsageFigure.CacheWrite] = row.Count("usage_input_tokens_cache_write_5m") + row.Count("usage_input_tokens_cache_write_1h"),
            [UsageFigure.CacheRead] = row.Count("usage_input_tokens_cache_read"),
            [UsageFigure.Output] = row.Count("usage_output_tokens"),
        },
    };

    // What is no model's, such as searches, is billed under its kind.
    private static ExportLine AnthropicCost(ExportRow row) => new(row.Day("usage_date_utc"), row.Text("model").Length > 0 ? row.Model("model") : $"({(row.Text("cost_type") is { Length: > 0 } kind ? kind : "no model")})")
    {
        Figures = { [UsageFigure.Cost] = row.Microdollars("cost_usd") },
    };

    // Its input is all of it, what was read from the cache included. A day without usage has a line that says nothing.
    private static ExportLine? OpenAiUsage(ExportRow row)
    {
        if (row.Text("input_tokens").Length == 0 && row.Text("output_tokens").Length == 0) return null;
        var (input, read) = (row.Count("input_tokens"), row.Count("input_cached_tokens"));
        if (read > input) throw row.Fault("input_cached_tokens", "is more than input_tokens, of which it is a part");
        return new ExportLine(row.DayOfSeconds("start_time"), row.Model("model", "; export the usage grouped by model"))
        {
            Figures = { [UsageFigure.Input] = input - read, [UsageFigure.CacheRead] = read, [UsageFigure.Output] = row.Count("output_tokens") },
        };
    }

    // A line item is "MODEL, KIND".
    private static ExportLine? OpenAiCost(ExportRow row)
    {
        if (row.Text("amount_value").Length == 0) return null;
        if (!row.Text("amount_currency").Equals("usd", StringComparison.OrdinalIgnoreCase)) throw row.Fault("amount_currency", "is not usd, in which calls are priced here");
        return new ExportLine(row.DayOfSeconds("start_time"), row.Model("line_item", "; export the costs grouped by line item").Split(", ")[0]) { Figures = { [UsageFigure.Cost] = row.Microdollars("amount_value") } };
    }

    private static ExportLine Plain(ExportRow row) => new(row.Day("day"), row.Model("model"))
    {
        Figures =
        {
            [UsageFigure.Input] = row.Count("input_tokens"), [UsageFigure.CacheWrite] = row.Count("cache_write_tokens"), [UsageFigure.CacheRead] = row.Count("cache_read_tokens"),
            [UsageFigure.Output] = row.Count("output_tokens"), [UsageFigure.Cost] = row.Microdollars("cost_usd"),
        },
    };
}

/// <summary>What a line of an export says.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Model">The model as the provider names it.</param>
internal sealed record ExportLine(DateOnly Day, string Model)
{
    public Dictionary<UsageFigure, decimal> Figures { get; } = [];
}
