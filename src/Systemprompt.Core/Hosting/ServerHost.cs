using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Hosting;

/// <summary>
/// The server. It binds first and answers health while it starts; <see cref="Bootstrap"/> then brings the database and the extensions up
/// and opens the gate. Stopping goes the other way: gate, open requests, extensions, database.
/// </summary>
internal sealed partial class ServerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Bootstrap _bootstrap;
    private readonly ILogger<ServerHost> _logger;
    private bool _isListening;

    private ServerHost(WebApplication app, ExtensionRegistry registry)
    {
        _app = app;
        _bootstrap = new Bootstrap(app.Services, registry);
        _logger = app.Services.GetRequiredService<ILogger<ServerHost>>();
    }

    public IServiceProvider Services => _app.Services;

    public Readiness Readiness => Services.GetRequiredService<Readiness>();

    /// <summary>Every route, as mapped.</summary>
    public IReadOnlyList<RouteEntry> Routes => RouteListing.Of(((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources);

    /// <summary>Where it listens, once bound.</summary>
    public Uri Address => new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
        .Replace("[::]", "127.0.0.1", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

    /// <summary>Completes when start-up is over: ready, or failed for a reason that waiting does not mend.</summary>
    public Task Started => _bootstrap.Completion;

    /// <summary>Builds the application: services, pipeline and routes, nothing started.</summary>
    public static ServerHost Build(Composition composition, Profile profile, Action<IServiceCollection>? customize = null, ProcessRole? role = null)
    {
        var early = EarlyLook.Begin(profile);
        // The profile is the only configuration: a stray ASPNETCORE_URLS must not move the server, and nobody waits for an appsettings.json. The
        // builder would, by watching every folder below the file's own, which may be the one with the data.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Configuration.Sources.Clear();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(role ?? ProcessRole.All);
        builder.Services.AddSingleton(early);
        var registry = composition.ConfigureServices(builder.Services, profile);
        customize?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseSystempromptPipeline();
        foreach (var extension in registry.Enabled) extension.MapRoutes(new RouteMap(app, extension.Id));
        var server = new ServerHost(app, registry);
        if (server.Routes.FirstOrDefault(route => route.Access is null) is { } open)
            throw new ExtensionException($"route {open.Methods} {open.Pattern} states no access rule; map it through RouteMap.Public(), For(…) or Scope(…)");
        return server;
    }

    /// <summary>Binds, then starts up in the background.</summary>
    /// <exception cref="CliException">The address is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            var server = Services.GetRequiredService<Profile>().Section<ServerSettings>();
            throw new CliException(
                $"cannot listen on {server.Host}:{server.Port}: {exception.InnerException?.Message ?? exception.Message}. Stop what uses the port, or change server.port in the profile.");
        }

        _isListening = true;
        Listening(_logger, Address, Services.GetRequiredService<Profile>().Name);
        _bootstrap.Begin();
    }

    /// <summary>Not ready, finish what is open within the profile's time, stop the extensions, let the database go.</summary>
    public async Task StopAsync()
    {
        var patience = Services.GetRequiredService<Profile>().Section<ServerSettings>().ShutdownTimeout;
        Stopping(_logger, patience);
        Readiness.BeginStopping(patience, Services.GetRequiredService<TimeProvider>());
        // What is still open after its time is cut a moment later, so that a stream can end with an error event of its own.
        using var limit = new CancellationTokenSource(patience + TimeSpan.FromSeconds(2), Services.GetRequiredService<TimeProvider>());
        await CloseAsync(limit.Token);
        await _bootstrap.DisposeAsync();
        Stopped(_logger);
    }

    public async ValueTask DisposeAsync()
    {
        // A start that was refused comes here directly. What comes in meanwhile must not meet services that are gone.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), Services.GetRequiredService<TimeProvider>());
        await CloseAsync(limit.Token);
        await _bootstrap.DisposeAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Listens no more, and waits for open requests.</summary>
    private Task CloseAsync(CancellationToken cancellationToken)
    {
        if (!_isListening) return Task.CompletedTask;
        _isListening = false;
        return _app.StopAsync(cancellationToken);
    }

    [LoggerMessage(1002, LogLevel.Information, "Listening on {Address} with profile {Profile}; starting")]
    private static partial void Listening(ILogger logger, Uri address, string profile);

    [LoggerMessage(1003, LogLevel.Information, "Stopping: new requests are refused, open ones have {Patience}")]
    private static partial void Stopping(ILogger logger, TimeSpan patience);

    [LoggerMessage(1004, LogLevel.Information, "Stopped")]
    private static partial void Stopped(ILogger logger);

    /// <summary>Signals are the process's business (<see cref="ProcessSignals"/>), not the web host's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
