using System.Buffers;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

public sealed class SecretScannerTests
{
    private static readonly SecretScanner Scanner = new(SecretRules.All);

    public static TheoryData<string, string> PrefixRules()
    {
        var data = new TheoryData<string, string>();
        foreach (var rule in SecretRules.All.Where(rule => rule.Shape is null)) data.Add(rule.Id, rule.Prefix);
        return data;
    }

    [Theory]
    [MemberData(nameof(PrefixRules))]
    public void Every_rule_finds_its_own_form_inside_ordinary_text(string id, string prefix)
    {
        var rule = SecretRules.All.Single(rule => rule.Prefix == prefix);
        var secret = Sample(rule, rule.Length.Min, seed: 7);

        foreach (var text in (string[])[secret, $"use {secret} please", $"KEY=\"{secret}\"", $"first line\n{secret}\nlast", $"({secret})"])
        {
            var hit = Scanner.Find(text);
            hit.ShouldNotBeNull($"{id} in {text.Replace(secret, "…")}");
            text.Substring(hit.Value.Start, hit.Value.Length).ShouldBe(secret);
        }
    }

    [Theory]
    [MemberData(nameof(PrefixRules))]
    public void A_placeholder_of_the_same_form_passes(string id, string prefix)
    {
        var rule = SecretRules.All.Single(rule => rule.Prefix == prefix);
        var filler = "xX0Aa".First(rule.Alphabet.Contains);
        Scanner.Find(prefix + new string(filler, rule.Length.Min)).ShouldBeNull(id);
    }

    [Theory]
    [InlineData("the disk-usage of task-list and risk-assessment-of-many-things-that-go-on-and-on")]
    [InlineData("postgres://user@localhost/db and postgres://app:${PASSWORD}@db/prod and redis://:password@cache")]
    [InlineData("https://example.com/a:b@c and mailto:someone@example.com")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0123456789abcdefghij\n-----END PUBLIC KEY-----")]
    [InlineData("eyJhbGciOi is how a token starts")]
    [InlineData("aws_secret_access_key = os.environ['AWS_SECRET_ACCESS_KEY']")]
    [InlineData("SKIPPED AKIAH and GOCSPX")]
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

    [Fact]
    public void A_credential_is_found_wherever_it_stands_in_a_long_text()
    {
        var secret = Sample(SecretRules.All.First(rule => rule.Id == "github_token"), 36, seed: 11);
        foreach (var at in (int[])[0, 1, 63, 64, 1023, 4096])
            Scanner.Find(new string(' ', at) + secret + new string('.', 5000 - at))!.Value.Start.ShouldBe(at);
    }

    internal static string Sample(SecretRule rule, int length, int seed) => rule.Prefix + Random(rule.Alphabet, length, seed);

    internal static string Random(SearchValues<char> alphabet, int length, int seed)
    {
        var letters = Enumerable.Range(33, 94).Select(code => (char)code).Where(alphabet.Contains).Where(char.IsAsciiLetterOrDigit).ToArray();
        var random = new Random(seed);
        return new string([.. Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)])]);
    }
}
