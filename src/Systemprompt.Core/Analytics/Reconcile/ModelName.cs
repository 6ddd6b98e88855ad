using System.Text.RegularExpressions;

namespace Systemprompt.Analytics;

/// <summary>
/// Tells whether two names are of one model, as calls, usage and bills spell it: <c>claude-sonnet-4-5-20250929</c>, <c>claude-sonnet-4-5</c> and <c>Claude Sonnet 4.5</c> are.
/// A date at the end does not count, nor the order of words among each other; that of numbers does, since 4.5 and 5.4 are two models.
/// </summary>
internal static partial class ModelName
{
    /// <summary>The same for names of one model.</summary>
    public static string KeyOf(string name)
    {
        var undated = Date().Replace(name.Trim().ToLowerInvariant(), "");
        var parts = undated.Split([' ', '-', '.', '_', '@'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', [.. parts.Where(part => !part.All(char.IsAsciiDigit)).Order(StringComparer.Ordinal), .. parts.Where(part => part.All(char.IsAsciiDigit))]);
    }

    [GeneratedRegex(@"[-@ ](20\d{6}|20\d\d-\d\d-\d\d|latest)\z")]
    private static partial Regex Date();
}
