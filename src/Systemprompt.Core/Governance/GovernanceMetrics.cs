using System.Diagnostics;
using System.Diagnostics.Metrics;
using Systemprompt.Extensions;

namespace Systemprompt.Governance;

/// <summary>What the policy chain measures. No caller and no content in any label.</summary>
internal static class GovernanceMetrics
{
    public static readonly ActivitySource Source = new("Systemprompt.Governance");

    private static readonly Meter Meter = new("Systemprompt.Governance");
    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>("systemprompt.governance.decisions", "{decision}", "Decisions of the policy chain, by door, verdict and the policy that refused.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "systemprompt.governance.duration", "s", "How long the policy chain took, by door.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1] });

    public static bool IsCounted => Decisions.Enabled || Duration.Enabled;

    /// <summary>An answer was ended by a policy.</summary>
    public static void Refused(PolicyStep step)
    {
        if (Decisions.Enabled) Decisions.Add(1, new("door", "answer"), new("verdict", DecisionRow.Verdict(step.Outcome)), new("policy", step.Policy));
    }

    public static void Decided(PolicyDoor door, PolicyDecision decision, TimeSpan took)
    {
        var name = door == PolicyDoor.Hook ? "hook" : "model";
        Decisions.Add(1, new("door", name), new("verdict", DecisionRow.Verdict(decision.Outcome)), new("policy", decision.Policy ?? ""));
        Duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("door", name));
    }
}
