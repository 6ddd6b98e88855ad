using Systemprompt.Extensions;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance.Policies;

/// <summary>Looks for credentials in one answer, wherever its pieces are cut.</summary>
internal sealed class SecretWatch(SecretScanner scanner, bool warns) : IAnswerWatch
{
    // A model writes one text at a time, or a few calls of tools; more than these are searched piece by piece.
    private const int MostBlocks = 64;

    private Dictionary<int, SecretStreamScanner>? _blocks;

    public bool IsUndecided
    {
        get
        {
            if (warns || _blocks is null) return false;
            foreach (var block in _blocks.Values)
                if (block.IsPending) return true;
            return false;
        }
    }

    public PolicyVerdict Read(in AnswerText text) => Find(text) is { } rule ? Found(rule) : PolicyVerdict.Pass;

    private string? Find(in AnswerText text)
    {
        if (_blocks is not null && _blocks.TryGetValue(text.Block, out var block))
        {
            var hit = block.Feed(text.Text);
            if (!text.Ends) return hit?.Rule;
            _blocks.Remove(text.Block);
            return (hit ?? block.Complete())?.Rule;
        }

        if (text.Ends || _blocks is { Count: >= MostBlocks }) return scanner.Find(text.Text)?.Rule;
        if (text.Text.IsEmpty) return null;
        (_blocks ??= []).Add(text.Block, block = new SecretStreamScanner(scanner));
        return block.Feed(text.Text)?.Rule;
    }

    private PolicyVerdict Found(string rule) => warns
        ? PolicyVerdict.Warn($"a credential ({rule}) stands in the answer")
        : PolicyVerdict.Deny($"a credential ({rule}) stands in the answer, which ends before it. If it is real, consider it exposed and replace it");
}
