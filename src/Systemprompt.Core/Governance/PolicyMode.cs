namespace Systemprompt.Governance;

/// <summary>What a policy's refusal does.</summary>
public enum PolicyMode
{
    /// <summary>It refuses.</summary>
    Enforce,

    /// <summary>It stands in the trace as what would have been refused, and the chain goes on.</summary>
    Observe,
}
