using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Secrets;

namespace Systemprompt.Core.Tests.Secrets;

public sealed class SealingKeyTests
{
    private const string Secret = "an old secret of more than 32 bytes, for tests";
    private static readonly SealingKey Key = new(Secret, "myco");

    [Fact]
    public void What_is_sealed_opens_again_with_the_same_key_in_the_same_place_only() => Prop.ForAll<NonNull<string>>(value =>
    {
        // Half a surrogate pair is no text.
        var text = string.Concat(value.Get.EnumerateRunes().Select(rune => rune.ToString()));
        var (nonce, sealedValue) = Key.Seal(text, "place");
        return new SealingKey(Secret, "myco").Open(nonce, sealedValue, "place") == text
            && Key.Open(nonce, sealedValue, "other place") is null
            && new SealingKey(Secret, "other tenant").Open(nonce, sealedValue, "place") is null
            && new SealingKey(Secret + ".", "myco").Open(nonce, sealedValue, "place") is null;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_bit_changed_anywhere_does_not_open()
    {
        var (nonce, sealedValue) = Key.Seal("sk-test-value", "place");

        for (var bit = 0; bit < sealedValue.Length * 8; bit++)
        {
            var changed = (byte[])sealedValue.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Key.Open(nonce, changed, "place").ShouldBeNull();
        }

        Key.Open(nonce, sealedValue[..^1], "place").ShouldBeNull();
        Key.Open(nonce[..^1], sealedValue, "place").ShouldBeNull();
        Key.Open(nonce, [], "place").ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_sealed_twice_alike_and_the_keys_name_tells_nothing_of_it()
    {
        var (first, second) = (Key.Seal("value", "place"), Key.Seal("value", "place"));

        first.Nonce.ShouldNotBe(second.Nonce);
        first.Sealed.ShouldNotBe(second.Sealed);
        Key.Id.Length.ShouldBe(16);
        new SealingKey(Secret, "myco").Id.ShouldBe(Key.Id);
        new SealingKey(Secret, "other").Id.ShouldNotBe(Key.Id);
    }
}
