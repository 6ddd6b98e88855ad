namespace Systemprompt.Extensions;

/// <summary>One rule of the governance chain.</summary>
public interface IPolicy
{
    /// <summary>
    /// Judges a call before it goes anywhere. Must be fast and free of I/O where it can: it stands on the hot path of every call.
    /// An exception counts as a refusal.
    /// </summary>
    ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken);
}

/// <summary>A policy and its place in the chain.</summary>
/// <param name="Name">Stable name, shown in traces and refusals and used in the profile, such as <c>secret_scan</c>.</param>
/// <param name="Order">Lower runs first. The shipped ones stand at 100 (scope), 200 (secret_scan), 300 (blocklist), 400 (rate).</param>
/// <param name="Create">Builds the policy from the container, or returns null where the profile leaves it out of the chain.</param>
public sealed record PolicyRegistration(string Name, int Order, Func<IServiceProvider, IPolicy?> Create);
