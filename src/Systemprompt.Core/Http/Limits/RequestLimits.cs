using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Http.Limits;

/// <summary>The limits every request passes: one by address for callers without a good token, one for each tier by subject.</summary>
internal sealed class RequestLimits
{
    private readonly bool _enabled;
    private readonly KeyedLimiter _address;
    private readonly KeyedLimiter[] _tiers;

    public RequestLimits(Profile profile, TimeProvider clock)
    {
        var settings = profile.Section<RateLimitSettings>();
        _enabled = settings.Enabled;
        _address = new KeyedLimiter(settings.Scaled(settings.Address), settings.MaxKeys, clock);
        _tiers = [.. Enum.GetValues<Tier>().Select(tier => new KeyedLimiter(settings.Scaled(settings.Tiers.Of(tier)), settings.MaxKeys, clock))];
    }

    /// <summary>Counts a request without a good token; null when it may pass.</summary>
    public PendingRefusal? CheckAddress(HttpContext context) =>
        !_enabled || _address.TryAcquire(AddressKey(context.Connection.RemoteIpAddress), out var wait)
            ? null
            : new PendingRefusal(StatusCodes.Status429TooManyRequests, "address_rate_limited", "too many requests from this address; slow down", wait);

    /// <summary>Counts a request for its tier; null when it may pass.</summary>
    public PendingRefusal? CheckTier(HttpContext context, Principal principal)
    {
        if (!_enabled) return null;
        var key = principal.IsAuthenticated ? principal.Subject : AddressKey(context.Connection.RemoteIpAddress);
        return _tiers[(int)principal.Tier].TryAcquire(key, out var wait)
            ? null
            : new PendingRefusal(StatusCodes.Status429TooManyRequests, "rate_limited", $"too many requests for tier {TokenClaims.Name(principal.Tier)}; slow down", wait);
    }

    /// <summary>An IPv6 caller usually has a whole /64 to choose addresses from, so that counts as one.</summary>
    internal static string AddressKey(IPAddress? address)
    {
        if (address is null) return "unix";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
