using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

public sealed class SecretStreamScannerTests
{
    private static readonly SecretScanner Scanner = new(SecretRules.All);

    private static IEnumerable<(string Id, string Text)> Samples => SecretRules.All.Select(rule => (rule.Id, Sample(rule)));

    [Fact]
    public void A_credential_is_found_wherever_the_text_is_cut()
    {
        var missed = new List<string>();
        foreach (var (id, sample) in Samples)
        {
            var text = "Here it is:\n" + sample + "\nand so on, for a while.";
            var whole = Scanner.Find(text)!.Value;
            for (var cut = 1; cut < text.Length; cut++)
                if (Find(text[..cut], text[cut..]) is not { } hit || hit.Start > whole.Start + whole.Length || hit.Start + hit.Length < whole.Start) missed.Add($"{id} cut at {cut}: {sample[..10]}");
            if (Find([.. text.Select(letter => letter.ToString())]) is null) missed.Add($"{id} letter by letter");
        }

        missed.ShouldBeEmpty();
    }

    [Fact]
    public void Any_pieces_of_any_text_give_what_the_whole_text_gives() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<int>(), (between, seed) =>
        {
            var random = new Random(seed);
            var samples = Samples.ToList();
            var text = between + "\n" + samples[random.Next(samples.Count)].Text + "\n" + between;
            var pieces = new List<string>();
            for (int at = 0, length; at < text.Length; at += length) pieces.Add(text.Substring(at, length = Math.Min(text.Length - at, random.Next(1, 40))));
            return (Find([.. pieces]) is not null) == (Scanner.Find(text) is not null);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_credential_at_the_very_end_is_found_on_completion()
    {
        foreach (var (id, sample) in Samples.Where(sample => sample.Id is "aws_access_key" or "github_token" or "anthropic_key"))
        {
            var stream = new SecretStreamScanner(Scanner);
            stream.Feed("use " + sample).ShouldBeNull();
            stream.Complete()!.Value.Rule.ShouldBe(id);
        }
    }

    [Fact]
    public void What_begins_like_a_credential_and_goes_on_is_none()
    {
        var stream = new SecretStreamScanner(Scanner);
        var key = SecretSamples.Of(SecretRules.All.First(rule => rule.Id == "aws_access_key").Form!, seed: 7);
        stream.Feed("x " + key).ShouldBeNull();
        stream.Feed("ABCD and more of that").ShouldBeNull();
        stream.Complete().ShouldBeNull();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void Its_place_is_counted_from_the_blocks_beginning_and_memory_is_bounded(int piece)
    {
        var secret = SecretSamples.Of(SecretRules.All.First(rule => rule.Id == "github_token").Form!, seed: 7);
        var text = string.Concat(Enumerable.Repeat("a secret is no token; ", 2000)) + secret + string.Concat(Enumerable.Repeat(" plain", 2000));

        var stream = new SecretStreamScanner(Scanner);
        StreamHit? hit = null;
        foreach (var part in text.Chunk(piece)) hit ??= stream.Feed(part);

        hit.ShouldBe(new StreamHit("github_token", text.IndexOf(secret, StringComparison.Ordinal), secret.Length));
        stream.Held.ShouldBeLessThanOrEqualTo(2 * SecretStreamScanner.Window);
    }

    [Fact]
    public void Nothing_of_a_credential_is_let_go_before_it_is_known_for_one()
    {
        var left = new List<string>();
        foreach (var rule in SecretRules.All)
        {
            var text = "Here it is:\n" + Sample(rule) + "\nand so on, for a while.";
            var (anchor, span) = Place(rule, text);
            // Where the known text stands behind other letters, those have left before it comes.
            if (span.Value < anchor) continue;
            var stream = new SecretStreamScanner(Scanner);
            for (var at = 0; at < span.End; at++)
            {
                if (stream.Feed([text[at]]) is not null) break;
                if (at < span.Value || stream.IsPending) continue;
                left.Add($"{rule.Id} by '{rule.Anchor}' at {at - span.Value}");
                break;
            }
        }

        left.ShouldBeEmpty();
    }

    [Fact]
    public void A_name_that_came_before_does_not_hide_that_a_credential_begins()
    {
        const string before = "The token is ";
        var text = before + Sample(SecretRules.All.First(rule => rule.Id == "github_token"));
        var stream = new SecretStreamScanner(Scanner);
        for (var at = 0; at < text.Length; at++)
        {
            stream.Feed([text[at]]).ShouldBeNull();
            if (at > before.Length + 4) stream.IsPending.ShouldBeTrue($"at {at}");
        }

        stream.Complete()!.Value.Rule.ShouldBe("github_token");
    }

    [Theory]
    [InlineData("The password = is asked for later, a token: abc, and the bearer of a letter; basic knowledge; machine learning with a login and password of one ")]
    [InlineData("see https://example.com/a/b?c=d and let token = await fetchToken2(user); {\"query\": \"a b\", \"q\": \"short\", \"d\": 5} ")]
    [InlineData("discord is a chat: hello there; curl it, then ls -u x --password and -----BEGIN of something ")]
    public void Ordinary_text_is_held_for_a_word_at_most(string text)
    {
        var stream = new SecretStreamScanner(Scanner);
        for (var at = 0; at < text.Length; at++)
        {
            stream.Feed([text[at]]).ShouldBeNull();
            if (text[at] == ' ') stream.IsPending.ShouldBeFalse($"at {at}");
        }
    }

    [Fact]
    public void A_private_key_without_an_end_is_held_and_found_with_bounded_memory()
    {
        const string header = "-----BEGIN " + "PRIVATE KEY-----";
        var text = header + string.Concat(Enumerable.Range(0, 160).Select(line => "\n" + SecretSamples.Random(Alphabets.Alphanumeric, 64, line)));
        var stream = new SecretStreamScanner(Scanner);
        StreamHit? hit = null;
        for (var at = 0; at < text.Length && hit is null; at++)
        {
            hit = stream.Feed([text[at]]);
            if (at >= header.Length && hit is null) stream.IsPending.ShouldBeTrue($"at {at}");
        }

        var found = hit!.Value;
        (found.Rule, found.Start).ShouldBe(("private_key", 0));
        stream.Held.ShouldBeLessThanOrEqualTo(2 * SecretStreamScanner.Window);
    }

    private static string Sample(SecretRule rule) => rule.Form is null ? SecretSamples.OfShape(rule, 5)! : SecretSamples.Around(rule, SecretSamples.Of(rule.Form, seed: 7)).First();

    /// <summary>Where the rule's anchor stands for which it finds a credential, and which one.</summary>
    private static (int Anchor, SecretSpan Span) Place(SecretRule rule, string text)
    {
        var comparison = rule.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        for (var at = text.IndexOf(rule.Anchor, comparison); at >= 0; at = text.IndexOf(rule.Anchor, at + 1, comparison))
            if (rule.Match(text, at) is { Length: > 0 } span) return (at, span);
        return default;
    }

    private static StreamHit? Find(params string[] pieces)
    {
        var stream = new SecretStreamScanner(Scanner);
        StreamHit? hit = null;
        foreach (var piece in pieces) hit ??= stream.Feed(piece);
        return hit ?? stream.Complete();
    }
}
