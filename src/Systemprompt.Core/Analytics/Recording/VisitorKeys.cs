using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Analytics;

/// <summary>
/// Tells anonymous visitors apart without recognizing them tomorrow: a digest of the network they come from and their browser's name, keyed with
/// the day's salt. All processes share the salt; when it is dropped, nobody can make the day's keys any more, we included.
/// </summary>
internal sealed class VisitorKeys(TrafficStore store)
{
    private DateOnly _day;
    private byte[] _salt = [];

    /// <summary>Looks a day's salt up, once; those of the days before go. What comes late is keyed like the new day's.</summary>
    public async ValueTask PrepareAsync(DateOnly day, CancellationToken cancellationToken)
    {
        if (_salt.Length > 0 && day <= _day) return;
        _salt = await store.SaltAsync(day, RandomNumberGenerator.GetBytes(32), cancellationToken);
        _day = day;
    }

    /// <summary>The key of a visitor.</summary>
    public Guid Of(IPAddress? address, string userAgent) => Of(_salt, address, userAgent);

    internal static Guid Of(ReadOnlySpan<byte> salt, IPAddress? address, string userAgent) =>
        new(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes($"{Network(address)}\n{userAgent}")).AsSpan(0, 16));

    /// <summary>The key of a browser with a cookie.</summary>
    public static Guid OfCookie(string cookie) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"visitor\n{cookie}")).AsSpan(0, 16));

    /// <summary>An address's network: /24, or /48 of IPv6.</summary>
    internal static string Network(IPAddress? address)
    {
        if (address is null) return "";
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Convert.ToHexString(plain.GetAddressBytes().AsSpan(0, plain.AddressFamily == AddressFamily.InterNetwork ? 3 : 6));
    }
}
