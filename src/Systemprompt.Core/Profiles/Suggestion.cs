namespace Systemprompt.Profiles;

/// <summary>"Did you mean": the known word that is nearest to a mistyped one.</summary>
internal static class Suggestion
{
    public static string UnknownKey(string key, IReadOnlyCollection<string> known) =>
        Nearest(key, known) is { } nearest
            ? $"unknown key '{key}', did you mean '{nearest}'?"
            : $"unknown key '{key}'; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}";

    /// <summary>The nearest of the known words, when it is near enough to be a slip.</summary>
    public static string? Nearest(string word, IReadOnlyCollection<string> known)
    {
        var best = known.Select(candidate => (Candidate: candidate, Distance: Distance(word, candidate))).OrderBy(pair => pair.Distance).ThenBy(pair => pair.Candidate, StringComparer.Ordinal).FirstOrDefault();
        return best.Candidate is not null && best.Distance <= Math.Max(1, Math.Min(word.Length, best.Candidate.Length) / 3) ? best.Candidate : null;
    }

    /// <summary>How many letters to add, drop, replace, or swap with their neighbour (Damerau's distance, optimal string alignment).</summary>
    internal static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 8) return int.MaxValue;
        int[] beforeLast = [], last = [], row = [.. Enumerable.Range(0, right.Length + 1)];
        for (var i = 1; i <= left.Length; i++)
        {
            (beforeLast, last, row) = (last, row, new int[right.Length + 1]);
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1])) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
        }

        return row[^1];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
