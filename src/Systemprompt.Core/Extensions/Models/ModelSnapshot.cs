namespace Systemprompt.Extensions;

/// <summary>
/// Names by which a provider serves a model as it was on a day. Who says something of a model by its id means those too; what is said of a day's name is about
/// that one alone.
/// </summary>
internal static class ModelSnapshot
{
    private const string LongContext = "[1m]", Latest = "-latest", First = "-0";

    /// <summary>
    /// The name without what marks a snapshot (<c>-20251101</c>, <c>@20251101</c>, <c>-2025-11-01</c>, <c>-latest</c>, <c>-0</c>) and without a context mark
    /// (<c>[1m]</c>); as it is where it has none. Every call with a rule or a budget asks: a look at the end, and no copy.
    /// </summary>
    public static ReadOnlySpan<char> Without(ReadOnlySpan<char> model)
    {
        model = WithoutContext(model);
        var mark = model.EndsWith(Latest, StringComparison.OrdinalIgnoreCase) ? Latest.Length : model.EndsWith(First, StringComparison.Ordinal) ? First.Length : LengthOfDate(model);
        return mark < model.Length ? model[..^mark] : model;
    }

    /// <summary>The name without a context mark alone: with one it is the same model, of the same day.</summary>
    public static ReadOnlySpan<char> WithoutContext(ReadOnlySpan<char> model) =>
        model.Length > LongContext.Length && model.EndsWith(LongContext, StringComparison.OrdinalIgnoreCase) ? model[..^LongContext.Length] : model;

    private static int LengthOfDate(ReadOnlySpan<char> model)
    {
        const int Short = 9, Long = 11;
        if (model.Length > Short && model[^Short] is '-' or '@' && AreDigits(model[^8..])) return Short;
        return model.Length > Long && model[^Long] == '-' && model[^6] == '-' && model[^3] == '-' && AreDigits(model[^10..^6]) && AreDigits(model[^5..^3]) && AreDigits(model[^2..]) ? Long : 0;
    }

    private static bool AreDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
