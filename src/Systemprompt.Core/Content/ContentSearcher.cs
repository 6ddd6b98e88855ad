using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>
/// Understands a query, then runs it. A word stands for all forms that its language gives it; the last one also for words that begin with it; one
/// that stands nowhere also for the known word that is nearest, and the answer says so.
/// </summary>
internal sealed class ContentSearcher(SearchStore store)
{
    private const int MostCorrected = 4;

    public async Task<ContentResults> SearchAsync(string text, ContentFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Language is { } language && !Languages.IsKnown(language)) throw new ContentException($"'{language}' is no language known here; {Languages.Known}");
        var query = QueryText.Parse(text);
        if (query.Alternatives.Count == 0 || filter.CannotMatch) return Nothing(text, new Dictionary<string, string>());
        await using var connection = await store.ConnectAsync(cancellationToken);
        var wanted = query.Terms.Where(term => !term.IsExcluded).SelectMany(term => term.Words).Distinct(StringComparer.Ordinal).ToList();
        var unfinished = query.Unfinished?.Words[0] is { Length: >= 2 } last ? last : null;
        var facts = await store.LookUpAsync(connection, filter.Language, wanted, unfinished, cancellationToken);
        if (facts.Languages.Count == 0) return Nothing(text, new Dictionary<string, string>());

        var forms = wanted.ToDictionary(word => word, word => new List<string> { word }, StringComparer.Ordinal);
        var stems = facts.Words.Select(fact => fact.Stem).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (unfinished is not null)
        {
            forms[unfinished].AddRange(facts.Continued.Select(fact => fact.Text));
            stems.UnionWith(facts.Continued.Select(fact => fact.Stem!));
        }

        var corrected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in wanted.Where(word => NeedsCorrection(word, facts, word == unfinished)).Take(MostCorrected))
        {
            var hasForms = facts.Words.Any(fact => fact.Text == word && fact.HasForms);
            if (Nearest(word, await store.NearAsync(connection, facts.Languages, word, cancellationToken), hasForms) is not { } near) continue;
            corrected[word] = near.Text;
            forms[word].Add(near.Text);
            if (near.Stem is not null) stems.Add(near.Stem);
        }

        // A word such as "the" finds nothing, so it is not marked either.
        var asked = wanted.Where(word => facts.Words.Any(fact => fact.Text == word && fact.Stem is not null)).Concat(corrected.Values).ToHashSet(StringComparer.Ordinal);
        var written = QueryText.Write(query, word => forms[word].Distinct().ToList());
        var order = new SearchOrder(facts.Languages, written, [.. asked.Union(facts.Continued.Select(fact => fact.Text))], stems, filter);
        var (total, hits, marked) = await store.SearchAsync(connection, order, cancellationToken);
        return new ContentResults
        {
            Query = corrected.Aggregate(text, static (shown, pair) => Replace(shown, pair.Key, pair.Value)),
            Corrected = corrected,
            Total = total,
            HasMore = total > SearchStore.Candidates,
            Hits = [.. hits.Select(hit => new ContentHit(hit.Summarize(), Math.Round(hit.Score, 4), Snippet.Whole(hit.Title, marked), Snippet.Of(hit.Window, marked, asked, hit.Start > 1)))],
        };
    }

    private static bool NeedsCorrection(string word, WordFacts facts, bool isUnfinished) =>
        word.Length >= 4 && !word.Any(char.IsAsciiDigit) && !(isUnfinished && facts.Continued.Count > 0) && !facts.Words.Any(fact => fact.Text == word && (fact.IsKnown || fact.Stem is null));

    /// <summary>
    /// The word that was probably meant: by edits first, then by how many items have it. One whose forms are known is found anyway, so only a slip inside
    /// it counts ("governence"), not another ending ("policies").
    /// </summary>
    private static NearWord? Nearest(string word, IReadOnlyList<NearWord> candidates, bool hasForms)
    {
        var most = hasForms ? 1 : word.Length < 6 ? 1 : word.Length < 10 ? 2 : 3;
        return candidates.Select(near => (Near: near, Distance: Suggestion.Distance(word, near.Text)))
            .Where(pair => pair.Distance <= most && (!hasForms || (word.Length == pair.Near.Text.Length && word[^2..] == pair.Near.Text[^2..])))
            .OrderBy(pair => pair.Distance).ThenByDescending(pair => pair.Near.Documents).ThenBy(pair => pair.Near.Text, StringComparer.Ordinal)
            .Select(pair => pair.Near).FirstOrDefault();
    }

    private static string Replace(string text, string word, string by)
    {
        foreach (var found in WordReader.Read(text, parts: false).Where(found => found.Text == word).Reverse()) text = text.Remove(found.Start, found.Length).Insert(found.Start, by);
        return text;
    }

    private static ContentResults Nothing(string query, IReadOnlyDictionary<string, string> corrected) => new() { Query = query, Corrected = corrected, Total = 0, HasMore = false, Hits = [] };
}
