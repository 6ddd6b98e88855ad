using System.Buffers;
using System.Text;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

/// <summary>Makes credentials of nobody from the rules' own forms, so that none stands in the sources.</summary>
internal static class SecretSamples
{
    /// <summary>A credential of the rule, as short as its form allows.</summary>
    public static string Of(SecretForm form, int seed, Func<SecretForm.Part, int, int>? length = null)
    {
        var text = new StringBuilder();
        for (var index = 0; index < form.Parts.Count; index++)
        {
            var part = form.Parts[index];
            text.Append(part.Literal ?? Random(part.Alphabet, length?.Invoke(part, index) ?? part.Min, seed + index * 101));
        }

        return text.ToString();
    }

    /// <summary>Texts that hold the secret as people and programs write it.</summary>
    public static IEnumerable<string> Around(SecretRule rule, string secret) => rule.IgnoreCase
        ? [$"{rule.Anchor}_key = \"{secret}\"", $"{rule.Anchor.ToUpperInvariant()}_X={secret}\n", $"{{\"{rule.Anchor}\":\"{secret}\"}}", $"export {rule.Anchor}='{secret}'", $"{rule.Anchor} key: {secret} "]
        : [secret, $"use {secret} please", $"KEY=\"{secret}\"", $"first line\n{secret}\nlast", $"({secret})", $"{{\\\"k\\\":\\\"a\\n{secret}\\\"}}"];

    /// <summary>Texts for the rules that are code, by the rule's anchor.</summary>
    public static string? OfShape(SecretRule rule, int seed)
    {
        string Letters(int length) => Random(Alphabets.Alphanumeric, length, seed);
        string Password() => "q" + Letters(9) + "7Kd2";
        string Pair() => Convert.ToBase64String(Encoding.ASCII.GetBytes("robot:" + Password()));
        return rule.Id switch
        {
            "pgp_private_key" or "ssh_private_key" => $"{rule.Anchor}-----\n{Letters(128)}\n-----END",
            "private_key" => $"{rule.Anchor}EC PRIVATE KEY-----\n{Letters(64)}\n{Letters(64)}\n-----END EC PRIVATE KEY-----",
            "putty_private_key" => $"{rule.Anchor}3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{Letters(64)}\nPrivate-MAC: ",
            "json_web_token" => $"{rule.Anchor}{Letters(30)}.eyJ{Letters(60)}.{Letters(43)}",
            "json_web_key" => $"{{\"kty\":\"EC\",{rule.Anchor}\"{Letters(43)}\"}}",
            "kubernetes_client_key" => $"    {rule.Anchor}: {Letters(400)}",
            "npm_registry_auth" => $"//registry.local/:{rule.Anchor}{Letters(36)}",
            "docker_registry_auth" => $"{rule.Anchor} \"{Pair()}\"",
            "basic_auth" => $"Authorization: Basic {Pair()}",
            "bearer_token" => $"Authorization: Bearer {Letters(40)}",
            "netrc_password" => $"{rule.Anchor}git.local login robot password {Password()}",
            "curl_password" => $"curl -s{rule.Anchor}robot:{Password()} https://git.local",
            "url_with_password" => $"{rule.Anchor}app:{Password()}@db.internal:5432/prod",
            "generic_api_key" => $"my_{rule.Anchor} = \"{Letters(32)}\"",
            "generic_secret" or "generic_token" => $"{rule.Anchor}: {Letters(32)}",
            "password" => $"{rule.Anchor} = '{Password()}'",
            "azure_storage_key" or "azure_shared_access_key" => $"Endpoint=x;{rule.Anchor}{Letters(86)}==;",
            "azure_sas_signature" => $"https://acme.blob.local/c?sv=2024-11-04&{rule.Anchor}{Letters(43)}%3D",
            "slack_webhook" => $"https://{rule.Anchor}services/{Random(Alphabets.UpperDigits, 10, seed)}/{Random(Alphabets.UpperDigits, 10, seed + 1)}/{Letters(24)}",
            "discord_webhook" => $"https://{rule.Anchor}{Random(Alphabets.Digits, 18, seed)}/{Letters(68)}",
            "teams_webhook" => $"https://acme.{rule.Anchor}{Letters(36)}@{Letters(36)}/IncomingWebhook/{Letters(32)}",
            _ => null,
        };
    }

    public static string Random(SearchValues<char> alphabet, int length, int seed)
    {
        var letters = Enumerable.Range(33, 94).Select(code => (char)code).Where(alphabet.Contains).Where(char.IsAsciiLetterOrDigit).ToArray();
        var random = new Random(seed);
        return new string([.. Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)])]);
    }
}
