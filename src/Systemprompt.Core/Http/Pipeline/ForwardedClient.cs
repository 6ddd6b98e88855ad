using System.Net;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http.Pipeline;

/// <summary>
/// The client's address behind trusted proxies: the right-most hop of X-Forwarded-For that is not a trusted proxy itself. From any other
/// peer the header is a claim, and ignored.
/// </summary>
internal sealed class ForwardedClient(IReadOnlyList<string> trusted)
{
    private readonly IPNetwork[] _trusted = [.. trusted.Select(Network)];

    public void Apply(HttpContext context)
    {
        if (_trusted.Length == 0 || !Trusts(context.Connection.RemoteIpAddress)) return;
        var hops = string.Join(',', context.Request.Headers["X-Forwarded-For"].ToArray()).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var index = hops.Length - 1; index >= 0; index--)
        {
            if (!TryAddress(hops[index], out var address)) break;
            context.Connection.RemoteIpAddress = address;
            if (!Trusts(address)) break;
        }

        if (context.Request.Headers["X-Forwarded-Proto"].ToString() is "http" or "https") context.Request.Scheme = context.Request.Headers["X-Forwarded-Proto"].ToString();
    }

    private bool Trusts(IPAddress? address)
    {
        if (address is null) return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in _trusted)
            if (network.Contains(plain)) return true;
        return false;
    }

    /// <summary>Proxies write 1.2.3.4, 1.2.3.4:5678, 2001:db8::1 and [2001:db8::1]:5678.</summary>
    private static bool TryAddress(string hop, out IPAddress address)
    {
        if (IPAddress.TryParse(hop, out address!) && !hop.Contains(']')) return true;
        if (IPEndPoint.TryParse(hop, out var endpoint))
        {
            address = endpoint.Address;
            return true;
        }

        return false;
    }

    private static IPNetwork Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : IPNetwork.Parse(text);
}
