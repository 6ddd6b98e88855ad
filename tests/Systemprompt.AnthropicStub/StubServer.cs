using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Systemprompt.AnthropicStub;

/// <summary>
/// A strict stand-in for Anthropic's Messages API on loopback: refuses what the vendor refuses, answers in the vendor's shapes, misbehaves
/// on request (<see cref="StubBehaviour"/>), and keeps what it received.
/// </summary>
public sealed class StubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<StubRequest> _requests = Channel.CreateBounded<StubRequest>(10_000);

    private StubServer(StubOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        _app = builder.Build();
        var answers = new StubAnswers(options, request => _requests.Writer.TryWrite(request));
        _app.Run(answers.HandleAsync);
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:43123</c>.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Completes when the process was told to stop.</summary>
    public Task Stopped => _app.WaitForShutdownAsync();

    public static async Task<StubServer> StartAsync(StubOptions? options = null)
    {
        var stub = new StubServer(options ?? new StubOptions());
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>The next request, in order of arrival; waits for it.</summary>
    public async Task<StubRequest> NextAsync(CancellationToken cancellationToken = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        return await _requests.Reader.ReadAsync(patience.Token);
    }

    /// <summary>True when a request has arrived that nobody took.</summary>
    public bool HasMore => _requests.Reader.Count > 0;

    public async ValueTask DisposeAsync()
    {
        // Open answers are not waited for: tests leave hanging ones behind.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
