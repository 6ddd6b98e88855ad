using System.Net;
using System.Net.Sockets;

namespace Systemprompt.Http;

/// <summary>
/// HTTP to addresses that somebody else chose: a user, a client, a model, a document. The name is resolved, every address it has is checked, and the
/// connection goes to the one that was checked, so that no second look-up can lead elsewhere. No redirects, no proxy, no cookies.
/// </summary>
internal static class EgressGuard
{
    /// <summary>What is not the public internet: RFC 6890's special purposes, and IPv6 forms that carry an IPv4 address.</summary>
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    /// <summary>A client that connects only where it may.</summary>
    /// <param name="timeout">For the whole exchange.</param>
    /// <param name="allowed">Networks that are not public and may be reached all the same.</param>
    public static HttpClient CreateClient(TimeSpan timeout, IReadOnlyList<IPNetwork> allowed) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = timeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 32,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, allowed, cancellationToken),
    })
    {
        Timeout = timeout,
    };

    public static bool MayReach(IPAddress address, IReadOnlyList<IPNetwork> allowed)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return allowed.Any(network => network.Contains(plain)) || !NotPublic.Any(network => network.Contains(plain));
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, IReadOnlyList<IPNetwork> allowed, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, cancellationToken);
        var refused = Array.Find(addresses, address => !MayReach(address, allowed));
        // One bad address among good ones is a trick, not a mistake.
        if (refused is not null || addresses.Length == 0) throw new EgressException($"{to.Host} is not on the public internet, or not only there");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>An address that may not be reached.</summary>
internal sealed class EgressException(string message) : Exception(message);
