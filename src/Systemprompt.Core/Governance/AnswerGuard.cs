using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>The policies that read one answer, in the chain's order. What they find is kept for the call's row; the first refusal ends the answer.</summary>
internal sealed class AnswerGuard
{
    // What is said of one answer. More remarks say nothing new.
    private const int MostFindings = 16;

    private readonly (PolicyChain.Link Link, IAnswerWatch Watch)[] _watches;
    private readonly Guid _call;
    private readonly ILogger _logger;
    private List<PolicyStep>? _findings;

    private AnswerGuard((PolicyChain.Link Link, IAnswerWatch Watch)[] watches, Guid call, ILogger logger) => (_watches, _call, _logger) = (watches, call, logger);

    /// <summary>Refusals, what would have been refused, and remarks.</summary>
    public IReadOnlyList<PolicyStep> Findings => _findings ?? (IReadOnlyList<PolicyStep>)[];

    /// <summary>The guard of an answer, or null when nobody wants to read it.</summary>
    public static AnswerGuard? Of(IReadOnlyList<PolicyChain.Link> links, PolicyCall call, ILogger logger)
    {
        List<(PolicyChain.Link, IAnswerWatch)>? watches = null;
        foreach (var link in links)
            if (link.Policy is IAnswerPolicy policy && Begin(link, policy, call, logger) is { } watch)
                (watches ??= []).Add((link, watch));
        return watches is null ? null : new AnswerGuard([.. watches], call.Id, logger);
    }

    /// <summary>Whether what came last must be kept back until more has come.</summary>
    public bool IsUndecided
    {
        get
        {
            foreach (var (link, watch) in _watches)
                if (link.Mode == PolicyMode.Enforce && watch.IsUndecided) return true;
            return false;
        }
    }

    /// <summary>Has every policy judge the next piece.</summary>
    /// <returns>The refusal; null lets the piece go on.</returns>
    public PolicyStep? Read(in AnswerText text)
    {
        foreach (var (link, watch) in _watches)
        {
            var verdict = Judge(link, watch, text);
            if (verdict.Outcome == PolicyOutcome.Pass) continue;
            var refuses = verdict.Outcome != PolicyOutcome.Warn;
            var step = new PolicyStep(link.Name, verdict.Outcome, 0, verdict.Reason ?? $"refused by policy {link.Name}", refuses && link.Mode == PolicyMode.Observe);
            refuses &= link.Mode == PolicyMode.Enforce;
            _findings ??= [];
            if (refuses || _findings.Count < MostFindings) _findings.Add(step);
            if (!refuses) continue;
            GovernanceMetrics.Refused(step);
            return step;
        }

        return null;
    }

    private PolicyVerdict Judge(PolicyChain.Link link, IAnswerWatch watch, in AnswerText text)
    {
        try
        {
            return watch.Read(text);
        }
        catch (Exception exception)
        {
            return Failed(link.Name, exception);
        }
    }

    private PolicyVerdict Failed(string policy, Exception exception)
    {
        PolicyEngine.PolicyFailed(_logger, policy, _call, exception);
        return PolicyVerdict.Deny($"policy {policy} failed, and an answer that cannot be checked is refused; the operator's log says why");
    }

    private static IAnswerWatch? Begin(PolicyChain.Link link, IAnswerPolicy policy, PolicyCall call, ILogger logger)
    {
        try
        {
            return policy.Watch(call);
        }
        catch (Exception exception)
        {
            return new Broken(link.Name, call.Id, exception, logger);
        }
    }

    /// <summary>Stands for a policy that could not even begin: it refuses the first piece.</summary>
    private sealed class Broken(string policy, Guid call, Exception exception, ILogger logger) : IAnswerWatch
    {
        public PolicyVerdict Read(in AnswerText text)
        {
            PolicyEngine.PolicyFailed(logger, policy, call, exception);
            return PolicyVerdict.Deny($"policy {policy} failed, and an answer that cannot be checked is refused; the operator's log says why");
        }
    }
}
