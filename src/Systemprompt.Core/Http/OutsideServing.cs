namespace Systemprompt.Http;

/// <summary>
/// Endpoint metadata: answers in processes that run jobs only, and while the process stops. All else that the pipeline asks stays: bans, limits,
/// authentication, access. Not while it starts: until then nobody knows which tokens are revoked.
/// </summary>
internal sealed class OutsideServing
{
    public static OutsideServing Instance { get; } = new();
}
