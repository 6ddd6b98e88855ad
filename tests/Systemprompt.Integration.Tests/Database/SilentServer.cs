using System.Net;
using System.Net.Sockets;

namespace Systemprompt.Integration.Tests.Database;

/// <summary>Accepts connections on loopback and never says a word, as a server behind a broken firewall does.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private readonly Task _serving;
    private int _connections;

    public SilentServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"postgres://bob@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/app";

    public int Connections => _connections;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var client in _clients) client.Dispose();
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            _clients.Add(await _listener.AcceptTcpClientAsync());
            Interlocked.Increment(ref _connections);
        }
    }
}
