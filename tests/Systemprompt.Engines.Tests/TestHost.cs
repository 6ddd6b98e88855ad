using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Engines.Tests;

/// <summary>One extension on a real socket, without the kernel's pipeline around it.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static Profile Profile(string yaml, params IReadOnlyList<Extension> extensions) => ProfileLoader.Load(
        "test",
        new ProfileSources([new ProfileSource("test", "profiles/test/profile.yaml", () => "tenant: acme\n" + yaml)]),
        [SettingsSection.Of<StorageSettings>("storage"), SettingsSection.Of<ServerSettings>("server"), .. extensions.SelectMany(extension => extension.Settings)],
        _ => null);

    public static HostInfo Info => HostInfo.Of(typeof(TestHost).Assembly, TimeProvider.System);

    public static async Task<TestHost> StartAsync(Extension extension, string yaml = "", Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var profile = Profile(yaml, extension);
        builder.Services.AddSingleton(profile);
        builder.Services.AddSingleton(Info);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton(ExtensionRegistry.Create([extension]));
        builder.Services.AddHealthChecks();
        configure?.Invoke(builder.Services);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(new HostFiles(typeof(TestHost).Assembly));
        extension.ConfigureServices(builder.Services, profile);
        var app = builder.Build();
        extension.MapRoutes(new RouteMap(app, extension.Id));
        await app.StartAsync();
        return new TestHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
