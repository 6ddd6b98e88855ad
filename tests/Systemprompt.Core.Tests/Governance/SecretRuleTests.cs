using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Governance;

/// <summary>What holds for every rule there is.</summary>
public sealed class SecretRuleTests
{
    private static readonly SecretScanner Scanner = new(SecretRules.All);
    private static readonly SecretRule[] Formed = [.. SecretRules.All.Where(rule => rule.Form is not null)];

    [Fact]
    public void There_are_rules_for_more_than_two_hundred_kinds_each_with_a_plain_id_and_a_name()
    {
        SecretRules.All.Select(rule => rule.Id).Distinct().Count().ShouldBeGreaterThanOrEqualTo(200);
        SecretRules.All.ShouldAllBe(rule => rule.What.Length > 5 && rule.Anchor.Length >= 3 && rule.Id.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'));
    }

    [Fact]
    public void Every_rule_finds_its_own_form_as_people_and_programs_write_it() =>
        Faults(from rule in Formed
               let secret = SecretSamples.Of(rule.Form!, seed: 7)
               from text in SecretSamples.Around(rule, secret)
               select Fault(rule, text, secret)).ShouldBeEmpty();

    [Fact]
    public void Every_rule_finds_its_form_at_full_length() =>
        Faults(from rule in Formed
               let secret = SecretSamples.Of(rule.Form!, seed: 19, (part, _) => part.Max)
               select Fault(rule, SecretSamples.Around(rule, secret).Skip(1).First(), secret)).ShouldBeEmpty();

    [Fact]
    public void Every_rule_that_is_code_finds_its_sample() =>
        Faults(from rule in SecretRules.All
               where rule.Form is null
               let text = SecretSamples.OfShape(rule, seed: 5)
               let hit = text is null ? null : Scanner.Find($"first\n{text}\nlast")
               select hit?.Rule == rule.Id ? null : $"{rule.Id} by '{rule.Anchor}': {hit}").ShouldBeEmpty();

    [Fact]
    public void A_form_too_short_or_with_a_wrong_character_is_another_matter() =>
        Faults(from rule in Formed
               let variable = rule.Form!.Parts.Index().First(part => part.Item.Literal is null)
               let secret = SecretSamples.Of(rule.Form!, seed: 7)
               let shorter = SecretSamples.Of(rule.Form!, seed: 7, (part, index) => index == variable.Index ? part.Min - 1 : part.Min)
               let place = rule.Form!.Parts.Take(variable.Index).Sum(part => part.Literal!.Length) + variable.Item.Min / 2
               let wrong = secret[..place] + "!" + secret[(place + 1)..]
               from text in SecretSamples.Around(rule, shorter).Concat(SecretSamples.Around(rule, wrong))
               select Scanner.Find(text) is { } hit && hit.Rule == rule.Id ? $"{rule.Id} in {text}" : null).ShouldBeEmpty();

    [Fact]
    public void A_filler_of_the_same_form_passes() =>
        Faults(from rule in Formed
               from filler in new[] { "x", "X0", "your_key_here_", "EXAMPLE" }
               let secret = string.Concat(rule.Form!.Parts.Select(part => part.Literal ?? string.Concat(Enumerable.Repeat(filler, part.Min))[..part.Min]))
               from text in SecretSamples.Around(rule, secret)
               where Scanner.Find(text) is not null
               select $"{rule.Id} in {text}").ShouldBeEmpty();

    [Fact]
    public void A_sample_is_found_anywhere_in_any_text_and_behind_json() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<int>(), (before, after, seed) =>
        {
            var rule = Formed[(int)((uint)seed % Formed.Length)];
            var secret = SecretSamples.Of(rule.Form!, seed: 11);
            var text = $"{before}\n{SecretSamples.Around(rule, secret).First()} \n{after}";
            var json = JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(text))!;
            return Scanner.Find(text)?.Rule == rule.Id && Scanner.Find(json)?.Rule == rule.Id;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_throws_however_it_is_made_of_the_rules_own_pieces()
    {
        string[] pieces = [.. SecretRules.All.Select(rule => rule.Anchor), "=", ":", "\"", "'", " ", "\n", "\\n", "@", "://", ".", "-----", "PRIVATE KEY", "a7Kd2", "AAAA", "%3D", "é", "\ud800", "\0", "login ", "password ", "sv=", "\"kty\""];
        var random = new Random(3);
        for (var round = 0; round < 4000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => pieces[random.Next(pieces.Length)]));
            var stream = new SecretStreamScanner(Scanner);
            var hit = Scanner.Find(text);
            if (hit is { } found) text.Substring(found.Start, found.Length).Length.ShouldBePositive();
            foreach (var letter in text) stream.Feed([letter]);
            stream.Complete();
        }
    }

    private static string? Fault(SecretRule rule, string text, string secret)
    {
        var at = text.IndexOf(secret, StringComparison.Ordinal);
        return Scanner.Find(text) is { } hit && hit.Rule == rule.Id && hit.Start <= at && hit.Start + hit.Length >= at + secret.Length ? null : $"{rule.Id} in {text}: {Scanner.Find(text)}";
    }

    private static List<string> Faults(IEnumerable<string?> faults) => [.. faults.OfType<string>().Take(40)];
}
