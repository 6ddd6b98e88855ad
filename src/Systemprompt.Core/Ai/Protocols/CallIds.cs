using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Ai;

/// <summary>Ids for calls of tools whose provider gave none. The same answer gets the same ids, another one others, as a conversation may hold no id twice.</summary>
internal static class CallIds
{
    /// <param name="seed">The answer's id, or what else tells it from others; null for nothing.</param>
    /// <param name="index">The call's place in it.</param>
    public static string Make(string? seed, int index) => $"call_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed ?? "")).AsSpan(0, 10))}_{index}";
}
