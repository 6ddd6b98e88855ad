using System.Net;
using System.Text;

namespace Systemprompt.Ai;

/// <summary>One pooled HTTP client a provider. It adds nothing to a request and hides nothing of an answer.</summary>
internal sealed class UpstreamClients : IDisposable
{
    private readonly Dictionary<string, HttpMessageInvoker> _clients = new(StringComparer.Ordinal);

    public UpstreamClients(ProviderCatalog catalog)
    {
        foreach (var provider in catalog.All)
            if (provider.Settings.Wire is not (Wire.Echo or Wire.ChatClient))
                _clients.Add(provider.Name, Create(provider.Settings));
    }

    public HttpMessageInvoker For(Provider provider) => _clients[provider.Name];

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private static HttpMessageInvoker Create(ProviderSettings settings) => new(new SocketsHttpHandler
    {
        // What passes is the provider's business and the client's: no cookies, no redirects, no decompression, no tracing headers.
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        UseProxy = settings.Proxy is { Length: > 0 },
        Proxy = settings.Proxy is { Length: > 0 } proxy ? new WebProxy(proxy) : null,
        ConnectTimeout = settings.ConnectTimeout,
        // Follows a provider's moved addresses without a restart.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        // An answer that nobody waits for any more is not read to its end: its connection is closed, and the provider stops.
        MaxResponseDrainSize = 0,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    });
}
