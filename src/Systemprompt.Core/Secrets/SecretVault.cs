using System.Text;
using System.Text.RegularExpressions;
using Systemprompt.Profiles;

namespace Systemprompt.Secrets;

/// <summary>Seals and opens what the store keeps.</summary>
internal sealed partial class SecretVault(SecretStore store, SecretKeys keys, Profile profile)
{
    private const int LongestValue = 64 * 1024;

    /// <exception cref="SecretException">The name, the value or the profile does not allow it.</exception>
    public async Task SetAsync(string name, string value, string by, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(name)) throw new SecretException($"'{name}' is no name for a secret: lower-case letters, digits, '_', '-' and '.', starting with a letter, at most 100");
        if (value.Length == 0) throw new SecretException("the value is empty; 'admin secrets delete' removes a secret");
        if (Encoding.UTF8.GetByteCount(value) > LongestValue) throw new SecretException($"the value is larger than {LongestValue / 1024} KB");
        var key = Current();
        var (nonce, sealedValue) = key.Seal(value, Place(name));
        await store.SetAsync(name, key.Id, nonce, sealedValue, by, cancellationToken);
    }

    /// <summary>The value, or null when no key of this profile opens it.</summary>
    public string? Open(SealedSecret secret) => keys.Find(secret.KeyId)?.Open(secret.Nonce, secret.Sealed, Place(secret.Name));

    /// <summary>Seals what a previous key has sealed with the current one, all or nothing.</summary>
    /// <exception cref="SecretException">One cannot be opened; nothing has changed.</exception>
    public Task<IReadOnlyList<string>> RotateAsync(string by, CancellationToken cancellationToken)
    {
        var current = Current();
        return store.ResealAsync(current.Id, secret =>
        {
            var value = Open(secret) ?? throw new SecretException(
                $"'{secret.Name}' is sealed with key {secret.KeyId}, which is neither secrets.key nor secrets.key_previous; nothing has changed. Set key_previous to that key, or delete the secret");
            var (nonce, sealedValue) = current.Seal(value, Place(secret.Name));
            return secret with { KeyId = current.Id, Nonce = nonce, Sealed = sealedValue };
        }, by, cancellationToken);
    }

    private SealingKey Current() => keys.Current
        ?? throw new SecretException($"{profile.Source}: secrets.key is unset, so nothing can be sealed; set the variable it names ('openssl rand -base64 48' makes a good one)");

    // The lengths, so that no two places read alike.
    private string Place(string name) => $"{profile.Tenant.Length}:{profile.Tenant}/{name.Length}:{name}";

    [GeneratedRegex(@"\A[a-z][a-z0-9_.-]{0,99}\z")]
    private static partial Regex Name();
}

/// <summary>What stands in a secret's way, in words for an operator; never with a value.</summary>
internal sealed class SecretException(string message) : Exception(message);
