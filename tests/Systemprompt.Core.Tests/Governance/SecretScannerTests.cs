using System.Buffers;
using Systemprompt.Governance;
using Systemprompt.Governance.Policies;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

public sealed class SecretScannerTests
{
    private static readonly SecretScanner Scanner = new(SecretRules.All);

    [Fact]
    public void Rules_are_prepared_once_for_each_choice_of_them()
    {
        string[] some = [SecretRules.All[0].Id, SecretRules.All[^1].Id];
        var scanner = new SecretScanPolicy(new SecretScanSettings { Disabled = some }).Scanner;

        // Another action is no other rule, nor is another order.
        new SecretScanPolicy(new SecretScanSettings { Disabled = [.. some.Reverse()], Action = SecretAction.Warn }).Scanner.ShouldBeSameAs(scanner);
        new SecretScanPolicy(new SecretScanSettings { Action = SecretAction.Redact }).Scanner.ShouldBeSameAs(new SecretScanPolicy(new SecretScanSettings()).Scanner);
        new SecretScanPolicy(new SecretScanSettings { Disabled = [some[0]] }).Scanner.ShouldNotBeSameAs(scanner);
    }

    [Theory]
    [InlineData("the disk-usage of task-list and risk-assessment-of-many-things-that-go-on-and-on")]
    [InlineData("postgres://user@localhost/db and postgres://app:${PASSWORD}@db/prod and redis://:password@cache")]
    [InlineData("https://example.com/a:b@c and mailto:someone@example.com")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0123456789abcdefghij\n-----END PUBLIC KEY-----")]
    [InlineData("eyJhbGciOi is how a token starts")]
    [InlineData("aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']")]
    [InlineData("SKIPPED AKIAH and GOCSPX")]
    [InlineData("password: string; token: string | null; api_key: os.environ['OPENAI_API_KEY']; secret = get_secret(\"db\")")]
    [InlineData("password = config.database.password1; const token = await fetchToken2(user); api_key=${API_KEY_2}")]
    [InlineData("max_tokens: 4096, next_page_token: CAoQHxIHdG9rZW4xMjM0NTY3ODkwYWJj, public_key = x")]
    [InlineData("commit 3f2c9b7a1d5e8f60421b7c9d3e5a8f10b2c4d6e8, etag: \"9b2cf535f27731c974343645a3985328\"")]
    [InlineData("id: 1b4e28ba-2fa1-11d2-883f-0016d3cca427, token: 1b4e28ba-2fa1-11d2-883f-0016d3cca427")]
    [InlineData("the bearer of this letter; basic knowledge; a machine that logs in; curl -u user:<password> https://x")]
    [InlineData("<%= password %> {{ api_key }} password=******** password: changeme123 PASSWORD=%(pw)s pwd: $PWD1")]
    [InlineData("password_hash: $2b$12$abcdefghijk password_min_length: 12345678")]
    [InlineData("getpass(prompt='Password: ', stream=None); sign(signer, sign_password, keystore=None); isinstance(key, (Ed25519PrivateKey, Ed25519PublicKey))")]
    [InlineData("class AccessTokenCredentials(OAuth2Credentials): pass # --password --verbose2Level --token-file /run/token2")]
    [InlineData("spotify_client_id = 3f2c9b7a1d5e8f60421b7c9d3e5a8f10, heroku app id: 1b4e28ba-2fa1-11d2-883f-0016d3cca427, sentry-release: 3f2c9b7a1d5e8f60421b7c9d3e5a8f10b2c4d6e8")]
    [InlineData("see sk-learn, hf_hub_download_of_things_with_long_names, pat-a-cake, key-value, live_view, test_of_everything")]
    public void Ordinary_text_passes(string text) => Scanner.Find(text).ShouldBeNull();

    [Fact]
    public void A_private_key_is_found_by_its_header_and_body()
    {
        var key = $"-----BEGIN RSA PRIVATE KEY-----\n{Random(Alphabets.Base64, 128, 3)}\n-----END";
        Scanner.Find("here: " + key)!.Value.Rule.ShouldBe("private_key");
    }

    [Fact]
    public void A_url_with_a_password_is_found() =>
        Scanner.Find($"DATABASE_URL=postgres://app:{Random(Alphabets.Alphanumeric, 18, 5)}@db.internal:5432/prod")!.Value.Rule.ShouldBe("url_with_password");

    [Fact]
    public void A_json_web_token_is_found()
    {
        var token = string.Join('.', "eyJ" + Random(Alphabets.Alphanumeric, 30, 1), "eyJ" + Random(Alphabets.Alphanumeric, 60, 2), Random(Alphabets.Alphanumeric, 43, 3));
        Scanner.Find("curl -H 'Authorization: Bearer " + token + "'")!.Value.Rule.ShouldBe("json_web_token");
    }

    [Theory]
    [InlineData("DB_PASSWORD=TAIL", "password")]
    [InlineData("ADMIN_PASSWORD: TAIL", "password")]
    [InlineData("setPassword(\"TAIL\")", "password")]
    [InlineData("tool --password TAIL --verbose", "password")]
    [InlineData("tool --api-key TAILTAIL1 run", "generic_api_key")]
    [InlineData("Server=db;User Id=app;Password=TAIL;Encrypt=true", "password")]
    [InlineData("api_key: TAILTAIL1", "generic_api_key")]
    [InlineData("{\"client_secret\": \"TAILTAIL1\"}", "generic_api_key")]
    [InlineData("{\\\"access_token\\\": \\\"TAILTAIL1\\\"}", "generic_api_key")]
    [InlineData("machine git.local\n  login bob\n  password TAIL", "netrc_password")]
    public void A_secret_of_no_form_is_found_behind_a_name_that_says_so(string template, string rule) =>
        Scanner.Find(template.Replace("TAIL", "w7Xk" + "92qLb" + "V4"))?.Rule.ShouldBe(rule);

    [Fact]
    public void The_key_of_a_vendors_documents_is_no_secret() => Scanner.Find("aws_access_key_id = AKIA" + "IOSFODNN7" + "EXAMPLE").ShouldBeNull();

    [Fact]
    public void A_vendors_rule_goes_before_the_name_in_front() =>
        Scanner.Find("ANTHROPIC_API_KEY=" + Sample(SecretRules.All.First(rule => rule.Id == "anthropic_key"), 40, seed: 9))!.Value.Rule.ShouldBe("anthropic_key");

    [Fact]
    public void A_credential_is_found_wherever_it_stands_in_a_long_text()
    {
        var secret = Sample(SecretRules.All.First(rule => rule.Id == "github_token"), 36, seed: 11);
        foreach (var at in (int[])[0, 1, 2, 3, 4, 5, 63, 64, 1023, 4096])
        {
            Scanner.Find(new string(' ', at) + secret + new string('.', 5000 - at))!.Value.Start.ShouldBe(at);
            Scanner.Find(new string(' ', at) + secret)!.Value.Start.ShouldBe(at);
            // Behind what looks like the beginning of one.
            Scanner.Find(string.Concat(Enumerable.Repeat("ghp_ ", at)) + secret)!.Value.Start.ShouldBe(5 * at);
        }
    }

    internal static string Sample(SecretRule rule, int length, int seed) => SecretSamples.Of(rule.Form!, seed, (_, _) => length);

    private static string Random(SearchValues<char> alphabet, int length, int seed) => SecretSamples.Random(alphabet, length, seed);
}
