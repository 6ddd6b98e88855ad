using System.ComponentModel;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Secrets;

/// <summary>The profile section <c>secrets</c>.</summary>
internal sealed record SecretsSettings
{
    [Secret]
    [Description("Seals the secrets in the database; at least 32 bytes. Without it there are none. Whoever has it and the database has them all.")]
    public string? Key { get; init; }

    [Secret]
    [Description("The key before the current one: opens, never seals. Set it until 'admin secrets rotate' has run.")]
    public string? KeyPrevious { get; init; }

    [Description("true makes a random key on first use and keeps it in storage.path/secrets-key when key is unset. For development and trials.")]
    public bool GenerateKey { get; init; }

    [Description("How often secrets are read again, should a notification have been missed.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(10);

    internal static void Validate(SecretsSettings settings, SettingsFaults faults)
    {
        if (settings.Key is { } key && SigningKeys.Weakness(key) is { } weak) faults.Add("key", weak);
        if (settings.KeyPrevious is { } previous && SigningKeys.Weakness(previous) is { } weakPrevious) faults.Add("key_previous", weakPrevious);
        if (settings.KeyPrevious is not null && settings.Key is null) faults.Add("key", "is unset while key_previous is set");
        if (settings.Poll < TimeSpan.FromMilliseconds(100) || settings.Poll > TimeSpan.FromMinutes(5)) faults.Add("poll", "must be from 100ms to 5m");
    }
}
