using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Users;

namespace Systemprompt.Core.Tests.Users;

public sealed class BanListTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("203.0.113.0/24", "203.0.113.255", true)]
    [InlineData("203.0.113.0/24", "203.0.114.0", false)]
    [InlineData("203.0.113.0/24", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::", false)]
    [InlineData("2001:db8::1", "203.0.113.7", false)]
    public void A_range_holds_its_addresses(string range, string address, bool banned) =>
        new BanList([Ban(range)]).Contains(IPAddress.Parse(address), Now).ShouldBe(banned);

    [Fact]
    public void A_ban_ends_by_itself_and_a_longer_one_below_it_goes_on()
    {
        var bans = new BanList([Ban("203.0.113.0/24", Now.AddHours(1)), Ban("203.0.113.0/28", Now.AddHours(2))]);

        bans.Contains(IPAddress.Parse("203.0.113.200"), Now).ShouldBeTrue();
        bans.Contains(IPAddress.Parse("203.0.113.200"), Now.AddHours(1)).ShouldBeFalse();
        bans.Contains(IPAddress.Parse("203.0.113.1"), Now.AddMinutes(90)).ShouldBeTrue();
        bans.Contains(IPAddress.Parse("203.0.113.1"), Now.AddHours(2)).ShouldBeFalse();
    }

    [Fact]
    public void It_finds_what_looking_at_each_range_finds() => Prop.ForAll<NonNull<byte[]>, byte[]>((numbers, tried) =>
    {
        // Few bits, so that ranges nest and meet.
        var ranges = numbers.Get.Select((number, at) => new IPNetwork(Masked(number, 24 + at % 9), 24 + at % 9)).ToList();
        var bans = new BanList(ranges.Select(range => new StoredBan { Range = range.BaseAddress, Bits = range.PrefixLength }));
        return (tried ?? []).All(last => bans.Contains(Address(last), Now) == ranges.Any(range => range.Contains(Address(last))));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("203.0.113.77/24", "203.0.113.0/24")]
    [InlineData("203.0.113.77", "203.0.113.77/32")]
    [InlineData("::ffff:203.0.113.77", "203.0.113.77/32")]
    [InlineData("2001:DB8::1/33", "2001:db8::/33")]
    public void A_range_is_read_as_it_is_meant(string text, string range) => AccessDesk.Network(text).ToString().ShouldBe(range);

    [Theory]
    [InlineData("")]
    [InlineData("everybody")]
    [InlineData("203.0.113.0/33")]
    [InlineData("203.0.113.0/-1")]
    [InlineData("203.0.113.0/24/8")]
    [InlineData("fe80::1%eth0")]
    public void What_is_no_range_is_refused(string text) => Should.Throw<UserException>(() => AccessDesk.Network(text)).Code.ShouldBe("invalid");

    [Fact]
    public void A_key_is_named_by_its_beginning_and_nothing_else_is_taken_for_one()
    {
        var key = AccessKey.Make();

        key.Text.Length.ShouldBe(AccessKey.Length);
        AccessKey.PrefixOf(key.Text).ShouldBe(key.Prefix);
        key.Text.ShouldStartWith(key.Prefix + "_");
        AccessKey.PrefixOf(key.Text + "x").ShouldBeNull();
        AccessKey.PrefixOf(key.Text[1..]).ShouldBeNull();
        AccessKey.PrefixOf("eyJhbGciOiJIUzI1NiJ9.e30.x").ShouldBeNull();
        AccessKey.Make().Text.ShouldNotBe(key.Text);
    }

    private static StoredBan Ban(string range, DateTimeOffset? until = null)
    {
        var network = AccessDesk.Network(range);
        return new StoredBan { Range = network.BaseAddress, Bits = network.PrefixLength, Until = until?.UtcDateTime };
    }

    private static IPAddress Address(byte last) => new(new byte[] { 203, 0, 113, last });

    private static IPAddress Masked(byte last, int bits) => Address((byte)(last & (0xff << (32 - bits))));
}
