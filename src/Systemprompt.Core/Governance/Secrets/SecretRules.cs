namespace Systemprompt.Governance.Secrets;

/// <summary>The credentials known, each by the form its vendor documents.</summary>
internal static class SecretRules
{
    public static IReadOnlyList<SecretRule> All { get; } =
        [.. AiSecrets.All, .. CloudSecrets.All, .. CodeSecrets.All, .. PaymentSecrets.All, .. MessagingSecrets.All, .. DataSecrets.All, .. ServiceSecrets.All, .. GenericSecrets.All];
}
