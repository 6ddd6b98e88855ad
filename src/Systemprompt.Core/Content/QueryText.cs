using System.Text;

namespace Systemprompt.Content;

/// <summary>What somebody looks for: alternatives, each a list of terms that must all hold.</summary>
/// <param name="Alternatives">At least one, each with a term that is not excluded; empty when there is nothing to look for.</param>
internal sealed record ParsedQuery(IReadOnlyList<IReadOnlyList<QueryTerm>> Alternatives)
{
    public IEnumerable<QueryTerm> Terms => Alternatives.SelectMany(terms => terms);

    /// <summary>The last word, while it may be half typed.</summary>
    public QueryTerm? Unfinished { get; init; }
}

/// <summary>One word, or several that stand in a row.</summary>
internal sealed record QueryTerm(IReadOnlyList<string> Words, bool IsExcluded, bool IsPhrase);

/// <summary>Reads a query as people write one: words, <c>"words in a row"</c>, <c>-excluded</c>, <c>or</c>.</summary>
internal static class QueryText
{
    public const int LongestQuery = 200;
    public const int MostWords = 16;

    /// <exception cref="ContentException">It is too long.</exception>
    public static ParsedQuery Parse(string text)
    {
        if (text.Length > LongestQuery) throw new ContentException($"the query is longer than {LongestQuery} characters");
        var alternatives = new List<List<QueryTerm>> { new() };
        var count = 0;
        QueryTerm? unfinished = null;
        foreach (var (piece, quoted, excluded) in Pieces(text))
        {
            if (!quoted && !excluded && piece.Equals("or", StringComparison.OrdinalIgnoreCase))
            {
                if (alternatives[^1].Count > 0) alternatives.Add([]);
                continue;
            }

            string[] words = [.. WordReader.Read(piece, parts: false).Select(word => word.Text)];
            if (words.Length == 0) continue;
            if ((count += words.Length) > MostWords) throw new ContentException($"the query has more than {MostWords} words");
            var term = new QueryTerm(words, excluded, quoted || words.Length > 1);
            alternatives[^1].Add(term);
            unfinished = term is { IsExcluded: false, IsPhrase: false } ? term : null;
        }

        // Without a word to look for, everything that lacks the excluded ones would match.
        var useful = alternatives.Where(terms => terms.Any(term => !term.IsExcluded)).ToList();
        return new ParsedQuery(useful) { Unfinished = text.Length > 0 && char.IsLetterOrDigit(text[^1]) ? unfinished : null };
    }

    /// <summary>The query as <c>to_tsquery</c> takes it. A word stands for all that <paramref name="forms"/> gives for it.</summary>
    public static string Write(ParsedQuery query, Func<string, IReadOnlyCollection<string>> forms)
    {
        var result = new StringBuilder();
        foreach (var terms in query.Alternatives)
        {
            if (result.Length > 0) result.Append(" | ");
            result.Append('(').AppendJoin(" & ", terms.Select(term => (term.IsExcluded ? "!" : "") + Write(term, forms))).Append(')');
        }

        return result.ToString();
    }

    private static string Write(QueryTerm term, Func<string, IReadOnlyCollection<string>> forms) =>
        $"({string.Join(" <-> ", term.Words.Select(word => term.IsExcluded ? Quote(word) : $"({string.Join(" | ", forms(word).Select(Quote))})"))})";

    // Words are letters and digits only, so there is nothing to escape.
    private static string Quote(string word) => $"'{word}'";

    private static IEnumerable<(string Piece, bool Quoted, bool Excluded)> Pieces(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var excluded = text[at] == '-' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]);
            if (excluded) at++;
            var quoted = text[at] == '"';
            int end;
            if (quoted)
            {
                end = text.IndexOf('"', at + 1);
                if (end < 0) end = text.Length;
                yield return (text[(at + 1)..end], true, excluded);
                at = end + 1;
                continue;
            }

            for (end = at; end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '"'; end++)
            {
            }

            yield return (text[at..end], false, excluded);
            at = end;
        }
    }
}
