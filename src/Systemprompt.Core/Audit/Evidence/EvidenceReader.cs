using System.Runtime.CompilerServices;

namespace Systemprompt.Audit.Evidence;

/// <summary>
/// What happened, in the order of time: every source's entries as one stream, each with its rows' places in the hash chains. Holds one portion
/// of entries, whatever the range.
/// </summary>
internal sealed class EvidenceReader(IEnumerable<IAuditSource> sources, ChainedRowStore rows)
{
    private const int Portion = 200;

    /// <param name="filter">Which.</param>
    /// <param name="agent">The beginning of a client's software, or an agent's id; null for any.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<EvidenceEntry> ReadAsync(AuditFilter filter, string? agent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = filter.Limit ?? int.MaxValue;
        var portion = new List<AuditEntry>(Portion);
        // An agent is looked for here, so with one no source may stop before.
        await foreach (var entry in AuditMerge.ReadAsync(sources, agent is null ? filter : filter with { Limit = null }, cancellationToken))
        {
            if (agent is not null && new EvidenceEntry(entry, []).Agent?.StartsWith(agent, StringComparison.OrdinalIgnoreCase) != true) continue;
            portion.Add(entry);
            if (--left == 0) break;
            if (portion.Count < Portion) continue;
            foreach (var chained in await ChainAsync(portion, cancellationToken)) yield return chained;
            portion.Clear();
        }

        foreach (var chained in await ChainAsync(portion, cancellationToken)) yield return chained;
    }

    private async Task<IEnumerable<EvidenceEntry>> ChainAsync(List<AuditEntry> portion, CancellationToken cancellationToken)
    {
        if (portion.Count == 0) return [];
        var found = await rows.FindAsync(portion, cancellationToken);
        return portion.Select(entry => new EvidenceEntry(entry, [.. found[entry.Id].OrderBy(row => row.Seq)]));
    }
}
