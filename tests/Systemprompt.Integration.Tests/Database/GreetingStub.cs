using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Systemprompt.Integration.Tests.Database;

/// <summary>Speaks just enough of PostgreSQL's protocol, on loopback, to be taken for a server of some version: the greeting, nothing after it.</summary>
internal sealed class GreetingStub : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _version;
    private readonly Task _serving;

    public GreetingStub(string version)
    {
        _version = version;
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"postgres://bob:hunter2@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/app";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            try
            {
                await GreetAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The client has seen enough.
            }
        }
    }

    private async Task GreetAsync(NetworkStream stream)
    {
        var head = new byte[8];
        while (true)
        {
            await stream.ReadExactlyAsync(head, _stop.Token);
            var code = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head) - 8], _stop.Token);
            if (code == 196608) break;
            await stream.WriteAsync("N"u8.ToArray(), _stop.Token); // no TLS, no GSS
        }

        byte[] greeting =
        [
            .. Message('R', 0, 0, 0, 0),
            .. Parameter("server_version", _version), .. Parameter("server_encoding", "UTF8"), .. Parameter("client_encoding", "UTF8"),
            .. Parameter("standard_conforming_strings", "on"), .. Parameter("integer_datetimes", "on"),
            .. Message('K', 0, 0, 0, 1, 0, 0, 0, 2),
            .. Message('Z', (byte)'I'),
        ];
        await stream.WriteAsync(greeting, _stop.Token);
        while (await stream.ReadAsync(new byte[512], _stop.Token) > 0)
        {
            // Whatever is asked stays unanswered.
        }
    }

    private static byte[] Parameter(string name, string value) => Message('S', Encoding.UTF8.GetBytes($"{name}\0{value}\0"));

    private static byte[] Message(char kind, params byte[] body)
    {
        var message = new byte[body.Length + 5];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), body.Length + 4);
        body.CopyTo(message, 5);
        return message;
    }
}
