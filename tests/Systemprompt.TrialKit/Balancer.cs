using System.Diagnostics;
using System.Net.Sockets;

namespace Systemprompt.TrialKit;

/// <summary>nginx in front of several hosts, as replicas are usually put behind one address.</summary>
public sealed class Balancer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-nginx-").FullName;
    private readonly Process _nginx;

    private Balancer(int port, IEnumerable<int> hosts)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        var file = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(file,
            $$"""
            daemon off; worker_processes 1; pid {{_folder}}/nginx.pid; error_log {{_folder}}/error.log;
            events { worker_connections 8192; }
            http {
              access_log off;
              client_body_temp_path {{_folder}}; proxy_temp_path {{_folder}}; fastcgi_temp_path {{_folder}}; uwsgi_temp_path {{_folder}}; scgi_temp_path {{_folder}};
              upstream hosts { {{string.Concat(hosts.Select(host => $"server 127.0.0.1:{host} max_fails=1 fail_timeout=1s; "))}} keepalive 64; }
              server {
                listen 127.0.0.1:{{port}};
                client_max_body_size 0;
                location / { proxy_pass http://hosts; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr; proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 1h; }
              }
            }
            """);
        _nginx = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", _folder, "-c", file]) { WorkingDirectory = "/" })!;
    }

    public Uri Address { get; }

    public static async Task<Balancer> StartAsync(params IEnumerable<PublishedHost> hosts)
    {
        var balancer = new Balancer(PublishedHost.FreePort(), hosts.Select(host => host.Port));
        await Condition.HoldsAsync("nginx listens", TimeSpan.FromSeconds(10), async () =>
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync("127.0.0.1", balancer.Address.Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return balancer;
    }

    public async ValueTask DisposeAsync()
    {
        _nginx.Kill(entireProcessTree: true);
        await _nginx.WaitForExitAsync();
        _nginx.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
