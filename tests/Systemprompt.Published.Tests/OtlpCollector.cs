using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Published.Tests;

/// <summary>A strict OpenTelemetry collector on loopback: takes OTLP over HTTP, refuses what is not declared, and keeps what it received.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, OtlpMessage Message)> _received = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();

    private OtlpCollector(int port)
    {
        Port = port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>What it asks for in the header <c>authorization</c>; null asks for nothing.</summary>
    public string? Authorization { get; init; }

    /// <summary>The status it answers; null takes what comes.</summary>
    public int? Refuses { get; set; }

    /// <summary>Never answers.</summary>
    public bool Hangs { get; set; }

    public IReadOnlyCollection<string> Faults => _faults;

    public IReadOnlyCollection<byte[]> Bodies => _bodies;

    public int Requests { get; private set; }

    public IEnumerable<OtlpMessage> Spans => Items("/v1/traces", "spans");

    public IEnumerable<OtlpMessage> Metrics => Items("/v1/metrics", "metrics");

    public IEnumerable<OtlpMessage> Lines => Items("/v1/logs", "records");

    public IEnumerable<OtlpMessage> Resources => _received.SelectMany(request => request.Message.All("resources")).Select(whole => whole.One("resource"));

    public static async Task<OtlpCollector> StartAsync(int? port = null, string? authorization = null)
    {
        var collector = new OtlpCollector(port ?? PublishedHost.FreePort()) { Authorization = authorization };
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IEnumerable<OtlpMessage> Items(string path, string items) => _received.Where(request => request.Path == path)
        .SelectMany(request => request.Message.All("resources")).SelectMany(whole => whole.All("scopes")).SelectMany(scope => scope.All(items));

    private async Task TakeAsync(HttpContext context)
    {
        Requests++;
        if (Hangs) await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        context.Response.StatusCode = Refuses ?? (Authorization is { } wanted && context.Request.Headers.Authorization != wanted ? 401 : 200);
        if (context.Response.StatusCode != 200) return;
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _bodies.Enqueue(body.ToArray());
        try
        {
            context.Request.Method.ShouldBe("POST");
            context.Request.ContentType.ShouldBe("application/x-protobuf");
            var path = context.Request.Path.Value!;
            var schema = path switch { "/v1/traces" => OtlpSchema.Traces, "/v1/metrics" => OtlpSchema.Metrics, "/v1/logs" => OtlpSchema.Logs, _ => throw new InvalidDataException($"there is no {path}") };
            _received.Enqueue((path, OtlpMessage.Parse(body.ToArray(), schema)));
            context.Response.ContentType = "application/x-protobuf";
        }
        catch (Exception exception)
        {
            _faults.Enqueue(exception.Message);
            context.Response.StatusCode = 400;
        }
    }
}
