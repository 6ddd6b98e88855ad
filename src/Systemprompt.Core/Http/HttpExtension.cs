using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Systemprompt.Extensions;
using Systemprompt.Http.Limits;
using Systemprompt.Http.Pipeline;
using Systemprompt.Profiles;

namespace Systemprompt.Http;

/// <summary>
/// The web server and what every request passes before a route sees it: <see cref="RequestPipeline"/>. Limits count in process memory, each
/// replica for itself. A route states who may call it (<see cref="RouteMap"/>), and an endpoint without such a statement is refused.
/// </summary>
[Extension("http", Description = "The web server: addresses, limits, access, errors.")]
internal sealed class HttpExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["security"];

    public override int Priority => 30;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings =>
        [SettingsSection.Of<ServerSettings>("server", ServerSettings.Validate), SettingsSection.Of<RateLimitSettings>("rate_limits", RateLimitSettings.Validate)];

    public override IReadOnlyList<DoctorCheck> DoctorChecks => HttpDoctor.Checks;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<RequestPipeline>();
        services.AddRoutingCore();
        // A body or parameter that cannot be read comes here as an exception, and leaves in the route's error shape instead of as an empty 400.
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true);
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(new ConfigureOptions<KestrelServerOptions>(options => Configure(options, profile.Section<ServerSettings>())));
    }

    private static void Configure(KestrelServerOptions options, ServerSettings settings)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = settings.MaxBody.Bytes;
        options.Limits.MaxConcurrentConnections = settings.MaxConnections;
        options.Limits.RequestHeadersTimeout = settings.HeadersTimeout;
        options.Limits.KeepAliveTimeout = settings.KeepAliveTimeout;
        // A slow but steady reader of a stream is legitimate.
        options.Limits.MinResponseDataRate = null;
        if (settings.Host == "localhost" && settings.Port != 0) options.ListenLocalhost(settings.Port);
        else if (settings.Host == "*") options.ListenAnyIP(settings.Port);
        else options.Listen(settings.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(settings.Host), settings.Port);
    }
}

/// <summary>Puts the pipeline in front of the routes.</summary>
internal static class PipelineBuilder
{
    public static void UseSystempromptPipeline(this WebApplication app)
    {
        app.UseRouting();
        var pipeline = app.Services.GetRequiredService<RequestPipeline>();
        app.Use(next => context => pipeline.InvokeAsync(context, next));
    }
}
