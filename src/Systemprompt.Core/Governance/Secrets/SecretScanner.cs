using System.Runtime.InteropServices;

namespace Systemprompt.Governance.Secrets;

/// <summary>
/// Finds credentials in text. One pass looks for all rules' anchors at once: of every three characters in a row it asks a table whether an anchor has
/// them, and only there a rule looks closer. The table is small enough for a processor's first cache, and the pass costs the same for one rule or
/// for hundreds, of which many have short anchors; a search for that many texts with vector instructions falls back to an automaton.
/// </summary>
internal sealed class SecretScanner
{
    private const int Bits = 15;
    private const int Mask = (1 << Bits) - 1;

    // Letters that texts have most of; an anchor is found by its rarest three characters.
    private const string Common = "etaoinsrhldcumfpgwyb";

    private readonly ulong[] _filter = new ulong[(1 << Bits) / 64];
    private readonly ushort[] _slots = new ushort[1 << Bits];
    private readonly Candidate[][] _candidates;

    // Rules whose anchor goes on where another's ends: sk-ant-admin01- behind sk-ant-. Their rarest characters may stand further on.
    private readonly Dictionary<SecretRule, SecretRule[]> _closer = [];

    private const int MostKept = 8;
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, SecretScanner> Made = new(StringComparer.Ordinal);

    public SecretScanner(IEnumerable<SecretRule> known)
    {
        var rules = known.ToList();
        // The longest anchor first, so that sk-ant- is judged before sk-.
        var groups = rules.OrderBy(rule => rule.Weak).ThenByDescending(rule => rule.Anchor.Length).Select(rule => new Candidate(rule, Rarest(rule.Anchor)))
            .GroupBy(candidate => Hash(candidate.Rule.Anchor.AsSpan(candidate.Offset, 3))).ToList();
        foreach (var rule in rules)
        {
            var closer = rules.Where(other => other.Anchor.Length > rule.Anchor.Length && other.Anchor.StartsWith(rule.Anchor, StringComparison.Ordinal)).OrderByDescending(other => other.Anchor.Length).ToArray();
            if (closer.Length > 0 && !rule.IgnoreCase) _closer[rule] = closer;
        }

        _candidates = [[], .. groups.Select(group => group.ToArray())];
        for (var index = 0; index < groups.Count; index++)
        {
            var hash = groups[index].Key;
            _filter[hash >> 6] |= 1UL << (hash & 63);
            _slots[hash] = (ushort)(index + 1);
        }

        LongestAnchor = rules.Select(rule => rule.Anchor.Length).DefaultIfEmpty().Max();
    }

    private readonly record struct Candidate(SecretRule Rule, int Offset);

    /// <summary>With every rule.</summary>
    public static SecretScanner All { get; } = new(SecretRules.All);

    /// <summary>The length of the longest anchor.</summary>
    public int LongestAnchor { get; }

    /// <summary>With every rule but some. It is kept: other settings change more often than this list, and to prepare hundreds of rules takes a while.</summary>
    public static SecretScanner Without(IReadOnlyCollection<string> disabled)
    {
        if (disabled.Count == 0) return All;
        if (Made.Count >= MostKept) Made.Clear();
        return Made.GetOrAdd(string.Join(',', disabled.Order(StringComparer.Ordinal)), static (_, disabled) => new SecretScanner(SecretRules.All.Where(rule => !disabled.Contains(rule.Id))), disabled);
    }

    /// <summary>The first credential in the text, or null.</summary>
    public SecretHit? Find(ReadOnlySpan<char> text) => Find(text, 0, out _);

    /// <summary>The first credential whose anchor begins at <paramref name="from"/> or behind it, or null.</summary>
    /// <param name="text">The text. What stands before <paramref name="from"/> is looked at where a rule asks for it.</param>
    /// <param name="from">Where the search begins.</param>
    /// <param name="open">Where the first anchor stood that a rule made nothing of, or -1: more text behind it could change that.</param>
    public SecretHit? Find(ReadOnlySpan<char> text, int from, out int open) => Find(text, from, asks: false, out open, out _);

    /// <summary>The same for a text of which more may come.</summary>
    /// <param name="text">The text. What stands before <paramref name="from"/> is looked at where a rule asks for it.</param>
    /// <param name="from">Where the search begins.</param>
    /// <param name="open">Where the first anchor stood that a rule made nothing of, or -1: more text behind it could change that.</param>
    /// <param name="held">Where there is no credential: whether the text ends within what may become one.</param>
    public SecretHit? Find(ReadOnlySpan<char> text, int from, out int open, out bool held) => Find(text, from, asks: true, out open, out held);

    private SecretHit? Find(ReadOnlySpan<char> text, int from, bool asks, out int open, out bool held)
    {
        open = -1;
        held = false;
        SecretHit? weak = null;
        var (hash, filter) = (0, _filter);
        for (var index = from; index < text.Length; index++)
        {
            while (index + 4 <= text.Length && !MayHold(filter, Four(text, index), ref hash)) index += 4;
            if (index >= text.Length) break;
            hash = ((hash << 5) | (text[index] & 31)) & Mask;
            if ((filter[hash >> 6] >> (hash & 63) & 1) == 0) continue;
            var third = index - 2;
            if (third < from) continue;
            if (weak is { } found && third > found.Start + found.Length) return weak;
            foreach (var candidate in _candidates[_slots[hash]])
            {
                var rule = candidate.Rule;
                var at = third - candidate.Offset;
                if (at < from || !text[at..].StartsWith(rule.Anchor, rule.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)) continue;
                var span = rule.Match(text, at);
                if (span.Length == 0)
                {
                    var behind = text.Length - at;
                    if (behind > rule.Reach && (!asks || behind > rule.HeldReach)) continue;
                    var holds = asks && rule.Holds(text, at);
                    held |= holds;
                    if ((holds || behind <= rule.Reach) && (open < 0 || at < open)) open = at;
                    continue;
                }

                if (!rule.Weak) return Closest(text, at, rule, span);
                weak ??= new SecretHit(rule.Id, span.Start, span.Length);
                break;
            }
        }

        return weak;
    }

    /// <summary>Asks the table for four characters at once, which a processor does mostly side by side.</summary>
    /// <param name="filter">The table.</param>
    /// <param name="four">The characters, the first one lowest.</param>
    /// <param name="hash">Of the two before them; set to that of the last two when the answer is no.</param>
    private static bool MayHold(ulong[] filter, ulong four, ref int hash)
    {
        four &= 0x001F_001F_001F_001F;
        // The first two side by side, the last two side by side.
        var pairs = (four << 5) | (four >> 16);
        var all = ((uint)hash << 20) | (((uint)pairs & 0x3FF) << 10) | ((uint)(pairs >> 32) & 0x3FF);
        var (first, second, third, fourth) = ((int)(all >> 15) & Mask, (int)(all >> 10) & Mask, (int)(all >> 5) & Mask, (int)all & Mask);
        var found = (filter[first >> 6] >> first) | (filter[second >> 6] >> second) | (filter[third >> 6] >> third) | (filter[fourth >> 6] >> fourth);
        if ((found & 1) != 0) return true;
        hash = fourth;
        return false;
    }

    private static ulong Four(ReadOnlySpan<char> text, int at) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text.Slice(at, 4)));

    private SecretHit Closest(ReadOnlySpan<char> text, int at, SecretRule rule, SecretSpan span)
    {
        if (_closer.TryGetValue(rule, out var others))
            foreach (var other in others)
                if (text[at..].StartsWith(other.Anchor, StringComparison.Ordinal) && other.Match(text, at) is { Length: > 0 } found)
                    return new SecretHit(other.Id, found.Start, found.Length);
        return new SecretHit(rule.Id, span.Start, span.Length);
    }

    private static int Hash(ReadOnlySpan<char> three) => ((three[0] & 31) << 10) | ((three[1] & 31) << 5) | (three[2] & 31);

    private static int Rarest(string anchor)
    {
        if (anchor.Length < 3) throw new ArgumentException($"the anchor '{anchor}' is shorter than three characters");
        return Enumerable.Range(0, anchor.Length - 2).MinBy(offset => anchor.AsSpan(offset, 3).ToArray().Sum(Commonness));
    }

    private static int Commonness(char character) => Common.IndexOf(char.ToLowerInvariant(character), StringComparison.Ordinal) is >= 0 and var rank ? Common.Length - rank : 0;
}

/// <summary>Where a credential stands, and of what kind. Never the credential.</summary>
internal readonly record struct SecretHit(string Rule, int Start, int Length);
