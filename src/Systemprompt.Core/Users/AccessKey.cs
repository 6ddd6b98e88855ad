using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Users;

/// <summary>
/// An access key: <c>sp_</c>, ten letters that name it and may be shown, an underscore, and 43 that are secret (256 bits). The form is easy to find for
/// scanners of credentials, and the name for whoever has to revoke it.
/// </summary>
internal sealed record AccessKey(string Prefix, string Text, byte[] Hash)
{
    /// <summary>How each begins.</summary>
    public const string Start = "sp_";

    /// <summary>Letters of the name behind <see cref="Start"/>.</summary>
    public const int NameLength = 10;

    /// <summary>What stands behind a key's name where the key is shown, in place of what is secret.</summary>
    public const string Hidden = "_…";

    /// <summary>Letters of the secret.</summary>
    public const int SecretLength = 43;

    /// <summary>What names are made of.</summary>
    public const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Length of what names a key, <see cref="Start"/> included.</summary>
    public const int PrefixLength = 3 + NameLength;

    /// <summary>Its length.</summary>
    public const int Length = PrefixLength + 1 + SecretLength;

    public static AccessKey Make()
    {
        var prefix = Start + RandomNumberGenerator.GetString(Letters, NameLength);
        var text = $"{prefix}_{Code.Make()}";
        return new AccessKey(prefix, text, Code.Hash(text));
    }

    /// <summary>What names a key; null when the text has not the form of one.</summary>
    public static string? PrefixOf(string text) =>
        text.Length == Length && text.StartsWith(Start, StringComparison.Ordinal) && text[Start.Length + NameLength] == '_' ? text[..(Start.Length + NameLength)] : null;
}

/// <summary>Random codes that are kept as their SHA-256 only: they are too long to be guessed, so a slow hash would add nothing.</summary>
internal static class Code
{
    /// <summary>256 random bits in 43 letters, digits, '-' and '_'.</summary>
    public static string Make() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));
}
