using Systemprompt.Extensions;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance.Policies;

/// <summary>
/// Looks for credentials in every string of a call (prompt, system text, tool input, tool result, file name) and of its answer as it passes, and refuses,
/// redacts or remarks. What it says names the kind and the place, never the text.
/// </summary>
internal sealed class SecretScanPolicy(SecretScanSettings settings) : IAnswerPolicy
{
    // No credential is shorter.
    private const int Least = 8;

    private readonly SecretScanner _scanner = SecretScanner.Without(settings.Disabled);

    /// <summary>What looks for them; the same one for every policy that has the same rules.</summary>
    internal SecretScanner Scanner => _scanner;

    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        var state = (Scanner: _scanner, Hit: (SecretHit?)null);
        var position = JsonStrings.Walk(call.Content.Span, Least, ref state, static (text, ref state) => (state.Hit = state.Scanner.Find(text)) is not null);
        if (position < 0) return new(PolicyVerdict.Pass);
        var found = $"a credential ({state.Hit!.Value.Rule}) stands in {JsonPlace.Of(call.Content.Span, position)}";
        var refusal = PolicyVerdict.Deny($"{found}; remove it and send the request again. If it is real, consider it exposed and replace it");
        return new(settings.Action switch
        {
            SecretAction.Warn => PolicyVerdict.Warn(found),
            SecretAction.Redact => SecretRedaction.Of(call.Content.Span, _scanner, Least) is var (content, kinds) ? PolicyVerdict.Rewrite(content, $"redacted: {kinds}") : refusal,
            _ => refusal,
        });
    }

    public IAnswerWatch? Watch(PolicyCall call) => settings.Answers == SecretAnswerAction.Ignore ? null : new SecretWatch(_scanner, settings.Answers == SecretAnswerAction.Warn);
}
