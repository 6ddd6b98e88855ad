using System.Security.Cryptography;
using System.Text;
using Systemprompt.Hosting;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Secrets;

/// <summary>The keys of this environment: the current one seals and opens, the previous one only opens.</summary>
internal sealed class SecretKeys
{
    private readonly Dictionary<string, SealingKey> _keys = new(StringComparer.Ordinal);

    public SecretKeys(Profile profile)
    {
        var settings = profile.Section<SecretsSettings>();
        var current = settings.Key ?? (settings.GenerateKey ? KeptSecret.ReadOrMake(profile.Section<StorageSettings>().Resolve("secrets-key")) : null);
        if (current is null) return;
        Current = Add(current, profile.Tenant);
        if (settings.KeyPrevious is { } previous) Add(previous, profile.Tenant);
    }

    /// <summary>Null when the profile has no key.</summary>
    public SealingKey? Current { get; }

    public SealingKey? Find(string id) => _keys.GetValueOrDefault(id);

    private SealingKey Add(string secret, string tenant)
    {
        var key = new SealingKey(secret, tenant);
        _keys[key.Id] = key;
        return key;
    }
}

/// <summary>A key derived for one tenant (HKDF-SHA256, RFC 5869), and its name, which tells nothing of it.</summary>
internal sealed class SealingKey
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly byte[] _key;

    public SealingKey(string secret, string tenant)
    {
        var (material, salt) = (Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(tenant));
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 32, salt, "systemprompt secrets key v1"u8.ToArray());
        Id = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 8, salt, "systemprompt secrets key id v1"u8.ToArray()));
    }

    public string Id { get; }

    /// <summary>Seals a value with AES-256-GCM under a random nonce. <paramref name="place"/> is authenticated with it.</summary>
    public (byte[] Nonce, byte[] Sealed) Seal(string value, string place)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var (nonce, sealedValue) = (RandomNumberGenerator.GetBytes(NonceSize), new byte[plain.Length + TagSize]);
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(nonce, plain, sealedValue.AsSpan(0, plain.Length), sealedValue.AsSpan(plain.Length), Encoding.UTF8.GetBytes(place));
        CryptographicOperations.ZeroMemory(plain);
        return (nonce, sealedValue);
    }

    /// <summary>Opens a value; null when it was sealed with another key, elsewhere, or has been altered.</summary>
    public string? Open(byte[] nonce, byte[] sealedValue, string place)
    {
        if (nonce.Length != NonceSize || sealedValue.Length < TagSize) return null;
        var plain = new byte[sealedValue.Length - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        try
        {
            aes.Decrypt(nonce, sealedValue.AsSpan(0, plain.Length), sealedValue.AsSpan(plain.Length), plain, Encoding.UTF8.GetBytes(place));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
