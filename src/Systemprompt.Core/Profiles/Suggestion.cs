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

    /// <summary>Levenshtein's edit distance.</summary>
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 8) return int.MaxValue;
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1)));
        }

        return row[^1];
    }
}
