using Systemprompt.Extensions;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance.Policies;

/// <summary>
/// Refuses a call that carries a credential in any string: prompt, system text, tool input, tool result, file name. The refusal names
/// the kind and the place, never the text.
/// </summary>
internal sealed class SecretScanPolicy(SecretScanSettings settings) : IPolicy
{
    // No credential is shorter.
    private const int Least = 8;

    private readonly SecretScanner _scanner = new(SecretRules.All.Where(rule => !settings.Disabled.Contains(rule.Id)));

    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        var state = (Scanner: _scanner, Hit: (SecretHit?)null);
        var position = JsonStrings.Walk(call.Content.Span, Least, ref state, static (text, ref state) => (state.Hit = state.Scanner.Find(text)) is not null);
        if (position < 0) return new(PolicyVerdict.Pass);
        var place = JsonPlace.Of(call.Content.Span, position);
        return new(PolicyVerdict.Deny(
            $"a credential ({state.Hit!.Value.Rule}) stands in {place}; remove it and send the request again. If it is real, consider it exposed and replace it"));
    }
}
