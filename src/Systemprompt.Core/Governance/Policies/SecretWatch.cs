using Systemprompt.Extensions;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance.Policies;

/// <summary>Looks for credentials in one answer, wherever its pieces are cut.</summary>
internal sealed class SecretWatch(SecretScanner scanner, bool warns) : IAnswerWatch
{
    // OpenAI gives up to 128 answers to one question, each with a text, thoughts and calls of tools that come at the same time. What comes beyond is searched
    // piece by piece, where a credential that is cut is not found: such an answer is refused, or remarked on.
    private const int MostBlocks = 512;

    // A text that ends in what could be a credential, and to which nothing is added while others go on (a model's thoughts, behind which its answer comes),
    // must not hold those back for ever.
    private const int LongestWait = 1024;

    private Dictionary<int, (SecretStreamScanner Scanner, long FedAt)>? _blocks;
    private long _fed;
    private bool _isOver;
    private bool _saidSo;

    public bool IsUndecided
    {
        get
        {
            if (warns || _blocks is null) return false;
            foreach (var (block, fedAt) in _blocks.Values)
                if (block.IsPending && _fed - fedAt <= LongestWait) return true;
            return false;
        }
    }

    public PolicyVerdict Read(in AnswerText text)
    {
        if (Find(text) is { } rule) return Found(rule);
        if (!_isOver || _saidSo) return PolicyVerdict.Pass;
        _saidSo = true;
        return warns
            ? PolicyVerdict.Warn("more texts come at one time than are searched across their pieces")
            : PolicyVerdict.Deny("more texts come at one time than can be searched for credentials across their pieces; ask for fewer answers at once");
    }

    private string? Find(in AnswerText text)
    {
        _fed += text.Text.Length;
        if (_blocks is not null && _blocks.TryGetValue(text.Block, out var open))
        {
            var hit = open.Scanner.Feed(text.Text);
            _blocks[text.Block] = open with { FedAt = _fed };
            if (!text.Ends) return hit?.Rule;
            _blocks.Remove(text.Block);
            return (hit ?? open.Scanner.Complete())?.Rule;
        }

        if (text.Ends) return scanner.Find(text.Text)?.Rule;
        if (text.Text.IsEmpty) return null;
        if (_blocks is { Count: >= MostBlocks })
        {
            _isOver = true;
            return scanner.Find(text.Text)?.Rule;
        }

        var block = new SecretStreamScanner(scanner);
        (_blocks ??= []).Add(text.Block, (block, _fed));
        return block.Feed(text.Text)?.Rule;
    }

    private PolicyVerdict Found(string rule) => warns
        ? PolicyVerdict.Warn($"a credential ({rule}) stands in the answer")
        : PolicyVerdict.Deny($"a credential ({rule}) stands in the answer, which ends before it. If it is real, consider it exposed and replace it");
}
