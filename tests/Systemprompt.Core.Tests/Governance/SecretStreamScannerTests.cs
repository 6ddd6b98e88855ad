using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

public sealed class SecretStreamScannerTests
{
    private static readonly SecretScanner Scanner = new(SecretRules.All);

    private static IEnumerable<(string Id, string Text)> Samples =>
        SecretRules.All.Select(rule => (rule.Id, rule.Form is null ? SecretSamples.OfShape(rule, 5)! : SecretSamples.Around(rule, SecretSamples.Of(rule.Form, seed: 7)).First()));

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

    private static StreamHit? Find(params string[] pieces)
    {
        var stream = new SecretStreamScanner(Scanner);
        StreamHit? hit = null;
        foreach (var piece in pieces) hit ??= stream.Feed(piece);
        return hit ?? stream.Complete();
    }
}
