using Microsoft.Extensions.Primitives;

namespace Systemprompt.Files;

/// <summary><c>Content-Digest</c> and <c>Repr-Digest</c> (RFC 9530), as far as they are SHA-256.</summary>
internal static class ContentDigest
{
    private const string Algorithm = "sha-256";
    private const int HashLength = 32;

    /// <summary>The SHA-256 that headers announce; empty when none of them does. Other algorithms are left alone, as the RFC has it.</summary>
    /// <exception cref="FileException">One is not well-formed, or two differ.</exception>
    public static ReadOnlyMemory<byte> Of(params ReadOnlySpan<StringValues> headers)
    {
        byte[]? found = null;
        foreach (var header in headers)
        {
            // Fields of several lines are one list; base64 has no commas.
            foreach (var member in header.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = member.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || !member[..equals].Equals(Algorithm, StringComparison.Ordinal)) continue;
                var hash = Read(member[(equals + 1)..]);
                if (found is not null && !found.AsSpan().SequenceEqual(hash)) throw FileException.Invalid("Content-Digest and Repr-Digest announce different SHA-256s");
                found = hash;
            }
        }

        return found;
    }

    public static string Show(ReadOnlySpan<byte> sha256) => $"{Algorithm}=:{Convert.ToBase64String(sha256)}:";

    private static byte[] Read(string item)
    {
        var hash = new byte[HashLength + 3];
        return item.Length > 2 && item[0] == ':' && item.IndexOf(':', 1) is > 1 and var end && Convert.TryFromBase64String(item[1..end], hash, out var length) && length == HashLength
            ? hash[..HashLength]
            : throw FileException.Invalid("the announced digest is no SHA-256 such as sha-256=:4REjxQ4yrqUVicfSKYNO/cF9zNj5ANbzgDZt3/h3Qxo=:");
    }
}
