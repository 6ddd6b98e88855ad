using System.Text.Json;
using Systemprompt.Governance.Policies;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

/// <summary>Of a private key that is taken out of a text nothing stays, in whatever form it stands there; what stands around it does.</summary>
public sealed class PrivateKeyTests
{
    private const string Header = "-----BEGIN RSA " + "PRIVATE KEY-----";
    private const string Question = "\n\nHow do I turn this into a public one?";

    private static readonly SecretScanner Scanner = new(SecretRules.All);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\\n")]
    [InlineData("\\r\\n")]
    [InlineData("\\\\n")]
    [InlineData("\n    ")]
    public void A_key_without_its_end_goes_to_its_last_line(string between)
    {
        var lines = Lines(24, seed: 1).Append("q7Kd2w==");

        Redacted("Look:\n" + Header + between + string.Join(between, lines) + Question).ShouldBe("Look:\n[redacted:private_key]" + Question);
    }

    [Theory]
    [InlineData("\n12: ")]
    [InlineData("\n> ")]
    [InlineData("\\n\" +\n        \"")]
    [InlineData(" ")]
    public void A_key_without_its_end_goes_however_its_lines_are_set(string between)
    {
        var lines = Lines(24, seed: 2);

        Redacted(Header + between + string.Join(between, lines) + Question).ShouldBe("[redacted:private_key]" + Question);
    }

    [Fact]
    public void A_key_without_its_end_goes_behind_what_says_how_it_is_encrypted() =>
        Redacted($"{Header}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,ABC\n\n{string.Join('\n', Lines(30, seed: 3))}{Question}").ShouldBe("[redacted:private_key]" + Question);

    [Fact]
    public void What_stands_behind_a_key_without_its_end_is_no_part_of_it()
    {
        const string behind = "\n/usr/local/share/certificates/server\nare the paths, and these are words of a person.";

        Redacted(Header + "\n" + string.Join('\n', Lines(24, seed: 4)) + behind).ShouldBe("[redacted:private_key]" + behind);
    }

    [Theory]
    [InlineData("\n", true)]
    [InlineData("\r\n", true)]
    [InlineData("\\n", true)]
    [InlineData("\n", false)]
    [InlineData("\\r\\n", false)]
    public void All_private_lines_of_PuTTY_go(string between, bool hasEnd)
    {
        var lines = Lines(14, seed: 5);
        lines[^1] = lines[^1][..28];
        string[] file =
        [
            "PuTTY-User-Key-File-3: ssh-rsa", "Encryption: none", "Comment: mine", "Public-Lines: 6", .. Lines(6, seed: 6), "Private-Lines: 14", .. lines,
        ];
        var end = hasEnd ? "Private-MAC: 00ff" + Question : Question;

        Redacted("Mine is\n" + string.Join(between, file) + (hasEnd ? between : "") + end).ShouldBe("Mine is\n[redacted:putty_private_key]" + end);
    }

    [Theory]
    [InlineData(2048, "kty n e d p q dp dq qi")]
    [InlineData(4096, "kty n e d p q dp dq qi")]
    [InlineData(2048, "d dp dq e kty n p q qi")]
    [InlineData(4096, "p kty q d e qi dp dq n")]
    [InlineData(4096, "n e d p q dp dq qi kty")]
    public void All_private_members_of_a_JSON_Web_Key_go_and_it_stays_JSON(int bits, string order)
    {
        var members = order.Split(' ');
        var values = members.Index().ToDictionary(member => member.Item, member => member.Item switch
        {
            "kty" => "RSA",
            "e" => "AQAB",
            "n" or "d" => SecretSamples.Random(Alphabets.Alphanumeric, bits / 6 + 1, seed: member.Index),
            _ => SecretSamples.Random(Alphabets.Alphanumeric, bits / 12 + 1, seed: member.Index),
        });

        var json = "{" + string.Join(',', members.Select(member => $"\"{member}\":\"{values[member]}\"")) + "}";

        var clean = Redacted($"Mine: {json} - is it long enough?");

        clean.ShouldEndWith("} - is it long enough?");
        var key = JsonElement.Parse(clean["Mine: ".Length..(clean.LastIndexOf('}') + 1)]);
        foreach (var member in members) key.GetProperty(member).GetString().ShouldBe(member is "kty" or "e" or "n" ? values[member] : "[redacted:json_web_key]", member);
    }

    private static string[] Lines(int count, int seed) => [.. Enumerable.Range(0, count).Select(line => SecretSamples.Random(Alphabets.Alphanumeric, 64, (seed * 1000) + line))];

    private static string Redacted(string text)
    {
        var (content, _) = SecretRedaction.Of(JsonSerializer.SerializeToUtf8Bytes(text), Scanner, least: 8)!.Value;
        return JsonSerializer.Deserialize<string>(content.Span)!;
    }
}
