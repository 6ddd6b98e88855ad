using System.Buffers.Binary;
using System.Net;

namespace Systemprompt.Users;

/// <summary>Banned ranges of addresses, sorted, so that asking is a binary search without allocation. IPv4 addresses are looked at as IPv6 ones.</summary>
internal sealed class BanList
{
    private readonly (UInt128 First, UInt128 Last, DateTimeOffset Until)[] _ranges;

    /// <summary>The last address of any range up to a place: behind it, nothing earlier reaches.</summary>
    private readonly UInt128[] _reach;

    public BanList(IEnumerable<StoredBan> bans)
    {
        _ranges = [.. bans.Select(Range).OrderBy(range => range.First)];
        _reach = new UInt128[_ranges.Length];
        for (var at = 0; at < _ranges.Length; at++) _reach[at] = at == 0 ? _ranges[0].Last : UInt128.Max(_reach[at - 1], _ranges[at].Last);
    }

    public static BanList Empty { get; } = new([]);

    public bool Contains(IPAddress address, DateTimeOffset now)
    {
        if (_ranges.Length == 0) return false;
        var number = Number(address);
        var (low, high) = (0, _ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].First <= number) low = middle + 1;
            else high = middle;
        }

        for (var at = low - 1; at >= 0 && _reach[at] >= number; at--)
            if (_ranges[at].Last >= number && now < _ranges[at].Until) return true;
        return false;
    }

    private static (UInt128 First, UInt128 Last, DateTimeOffset Until) Range(StoredBan ban)
    {
        var bits = ban.Range.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? ban.Bits + 96 : ban.Bits;
        var mask = bits == 0 ? UInt128.MaxValue : bits == 128 ? 0 : UInt128.MaxValue >> bits;
        var first = Number(ban.Range) & ~mask;
        return (first, first | mask, ban.Until is { } until ? new DateTimeOffset(until, TimeSpan.Zero) : DateTimeOffset.MaxValue);
    }

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
