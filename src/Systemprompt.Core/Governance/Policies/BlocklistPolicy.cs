using System.Text.RegularExpressions;
using Systemprompt.Extensions;
using Systemprompt.Governance.Shell;
using Systemprompt.Security;

namespace Systemprompt.Governance.Policies;

/// <summary>
/// Refuses tools by name, for everybody but admins, and by what stands in their input, for everybody. On a hook event it judges the
/// tool about to run; on a model call, the tool calls in the conversation that were not already turned down.
/// </summary>
internal sealed class BlocklistPolicy : IPolicy
{
    private readonly IReadOnlyList<string> _tools;
    private readonly Regex[] _inputs;

    public BlocklistPolicy(BlocklistSettings settings)
    {
        _tools = settings.Tools;
        _inputs = [.. settings.Inputs.Select(Compile)];
    }

    /// <summary>Linear in the input's length, whatever the pattern: a payload cannot make the gate hang.</summary>
    public static Regex Compile(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken)
    {
        if (call.Door == PolicyDoor.Hook)
            return new(call.Tool is { } tool ? Judge(tool, ToolUses.HookInput(call.Content.Span), call.Principal) : PolicyVerdict.Pass);

        if (!ToolUses.MayHoldAny(call.Content.Span)) return new(PolicyVerdict.Pass);
        foreach (var use in ToolUses.InConversation(call.Content))
        {
            var verdict = Judge(use.Name, use.Input.Span, call.Principal);
            if (verdict.Outcome != PolicyOutcome.Pass) return new(verdict);
        }

        return new(PolicyVerdict.Pass);
    }

    /// <summary>What is said of a tool whose input nobody knows any more.</summary>
    public PolicyVerdict JudgeName(string tool, Principal principal) => Judge(tool, [], principal);

    private PolicyVerdict Judge(string tool, ReadOnlySpan<byte> input, Principal principal)
    {
        if (principal.Tier != Tier.Admin && ToolNames.MatchesAny(_tools, tool))
            return PolicyVerdict.Deny($"tool {tool} is on the blocklist for this tier");
        if (input.IsEmpty) return PolicyVerdict.Pass;
        if (ShellInputs.Fault(input, tool) is { } fault)
            return PolicyVerdict.Deny($"the input of tool {tool} is on the blocklist: it holds a command that this installation does not let an agent run, since it {fault}");
        var inputs = _inputs;
        if ( JsonStrings.Walk(input, least: 1, ref inputs, static (text, ref inputs) => MatchesAny(inputs, text)) < 0)
            return PolicyVerdict.Pass;
        return PolicyVerdict.Deny($"the input of tool {tool} is on the blocklist: it holds a command that this installation does not let an agent run");
    }

    private static bool MatchesAny(Regex[] inputs, ReadOnlySpan<char> text)
    {
        foreach (var input in inputs)
            if (input.IsMatch(text)) return true;
        return false;
    }
}
