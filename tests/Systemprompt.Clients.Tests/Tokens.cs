using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Systemprompt.Clients.Tests;

/// <summary>Tokens that the host itself would not make.</summary>
internal static class Tokens
{
    /// <summary>The same token, signed a day ago and good for a minute then.</summary>
    public static string Expired(string token, string secret)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1]))!.AsObject();
        var issued = claims["iat"]!.GetValue<long>() - 86_400;
        (claims["iat"], claims["nbf"], claims["exp"]) = (issued, issued, issued + 60);
        var signed = $"{parts[0]}.{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{WebEncoders.Base64UrlEncode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)))}";
    }
}
