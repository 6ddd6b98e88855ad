namespace Systemprompt.Analytics;

/// <summary>A row of figures as a row of bars, one character each.</summary>
internal static class Sparkline
{
    public const int Width = 31;
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>The bars. More figures than <paramref name="width"/> are added up by neighbours.</summary>
    public static string Of(IReadOnlyList<long> values, int width = Width)
    {
        var shown = Fit(values, width);
        var most = shown.Count == 0 ? 0 : shown.Max();
        return string.Create(shown.Count, (shown, most), static (text, state) =>
        {
            for (var at = 0; at < text.Length; at++) text[at] = Bar(state.shown[at], state.most);
        });
    }

    /// <summary>Nothing is the lowest bar, and something never is.</summary>
    private static char Bar(long value, long most) => value <= 0 || most <= 0 ? Bars[0] : Bars[(int)Math.Ceiling((Bars.Length - 1) * ((double)value / most))];

    private static IReadOnlyList<long> Fit(IReadOnlyList<long> values, int width)
    {
        if (values.Count <= width) return values;
        var fitted = new long[width];
        for (var at = 0; at < values.Count; at++) fitted[(int)((long)at * width / values.Count)] += values[at];
        return fitted;
    }
}
