using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>Finds credentials in text. One pass looks for all prefixes at once; only where one stands does a rule look closer.</summary>
internal sealed class SecretScanner
{
    private readonly SearchValues<string> _prefixes;
    private readonly SecretRule[][] _byFirst = new SecretRule[128][];

    public SecretScanner(IEnumerable<SecretRule> rules)
    {
        // The longest prefix first, so that sk-ant- is judged before sk-.
        var all = rules.OrderByDescending(rule => rule.Prefix.Length).ToList();
        _prefixes = SearchValues.Create([.. all.Select(rule => rule.Prefix).Distinct()], StringComparison.Ordinal);
        foreach (var group in all.GroupBy(rule => rule.Prefix[0])) _byFirst[group.Key] = [.. group];
    }

    /// <summary>The first credential in the text, or null.</summary>
    public SecretHit? Find(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (from < text.Length)
        {
            var next = text[from..].IndexOfAny(_prefixes);
            if (next < 0) return null;
            var at = from + next;
            foreach (var rule in _byFirst[text[at]])
            {
                if (!text[at..].StartsWith(rule.Prefix, StringComparison.Ordinal)) continue;
                var length = rule.Match(text, at);
                if (length > 0) return new SecretHit(rule.Id, at, length);
            }

            from = at + 1;
        }

        return null;
    }
}

/// <summary>Where a credential stands, and of what kind. Never the credential.</summary>
internal readonly record struct SecretHit(string Rule, int Start, int Length);
