using Systemprompt.Users;

namespace Systemprompt.Core.Tests.Users;

/// <summary>What is read out of what somebody found of an access key.</summary>
public sealed class KeyPartTests
{
    [Theory]
    [InlineData("sp_abc", "sp_abc")]
    [InlineData("sp_abcdefghij", "sp_abcdefghij")]
    [InlineData("sp_abcdefghij_…", "sp_abcdefghij")]
    [InlineData("abcdef", "sp_abcdef")]
    [InlineData("  abcdefghij\n", "sp_abcdefghij")]
    [InlineData("Authorization: Bearer sp_abcd****", "sp_abcd")]
    [InlineData("sp_abcdefghijk", "sp_abcdefghij")]
    public void The_beginning_of_a_name_is_found_in_what_stands_around_it(string text, string start)
    {
        var part = KeyPart.Read(text).ShouldNotBeNull();

        (part.Start, part.HasSecret, part.Hash).ShouldBe((start, false, null));
        string.CompareOrdinal(part.Below, part.Start + "zzzz").ShouldBePositive();
        string.CompareOrdinal(part.Below, part.Start).ShouldBePositive();
    }

    [Fact]
    public void Of_a_whole_key_there_is_its_name_and_its_hash()
    {
        var key = AccessKey.Make();
        foreach (var text in new[] { key.Text, $"x-api-key: {key.Text}\n", $"\"{key.Text}\"" })
        {
            var part = KeyPart.Read(text).ShouldNotBeNull();
            (part.Start, part.HasSecret).ShouldBe((key.Prefix, true));
            part.Hash.ShouldBe(key.Hash);
        }

        var cut = KeyPart.Read(key.Text[..^1]).ShouldNotBeNull();
        (cut.Start, cut.HasSecret, cut.Hash).ShouldBe((key.Prefix, true, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sp_")]
    [InlineData("sp_ABC")]
    [InlineData("abcdefghijk")]
    [InlineData("hello world")]
    [InlineData("sk-ant-api03-abc")]
    public void What_has_nothing_of_a_key_is_none(string text) => KeyPart.Read(text).ShouldBeNull();
}
