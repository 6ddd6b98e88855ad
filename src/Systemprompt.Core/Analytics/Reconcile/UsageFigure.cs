namespace Systemprompt.Analytics;

/// <summary>What is compared. Costs are in microdollars.</summary>
internal enum UsageFigure
{
    /// <summary>Input for which no cache was used; with the others of the input where an export does not tell them apart.</summary>
    Input,

    CacheWrite,

    CacheRead,

    Output,

    Cost,
}

internal static class UsageFigures
{
    public static readonly UsageFigure[] All = [UsageFigure.Input, UsageFigure.CacheWrite, UsageFigure.CacheRead, UsageFigure.Output, UsageFigure.Cost];

    /// <summary>As the sources of figures name it.</summary>
    public static string Name(this UsageFigure figure) => figure switch
    {
        UsageFigure.Input => "input_tokens",
        UsageFigure.CacheWrite => "cache_write_tokens",
        UsageFigure.CacheRead => "cache_read_tokens",
        UsageFigure.Output => "output_tokens",
        _ => "cost_microdollars",
    };

    public static string Title(this UsageFigure figure) => figure == UsageFigure.Cost ? "cost" : figure.Name().Replace('_', ' ');
}
