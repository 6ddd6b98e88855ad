using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Audit;
using Systemprompt.Core.Tests.Ai;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Core.Tests.Governance;

/// <summary>The hook door alone on a real server, with the shipped policies; who calls, and what the kernel would have refused, is the test's.</summary>
internal sealed class HookFixture : IAsyncDisposable
{
    private readonly WebApplication _app;
    private HttpClient? _client;

    private HookFixture(WebApplication app, MemoryAuditLog audit) => (_app, Audit) = (app, audit);

    public MemoryAuditLog Audit { get; }

    public HttpClient Client => _client ??=
        new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };

    public PendingRefusal? Pending { get; set; }

    public DecisionRow Row => Audit.Rows.OfType<DecisionRow>().ShouldHaveSingleItem();

    public static async Task<HookFixture> StartAsync(string yaml = "")
    {
        var extension = new GovernanceExtension();
        var sections = extension.Settings.Append(SettingsSection.Of<RateLimitSettings>("rate_limits", RateLimitSettings.Validate)).ToList();
        foreach (var section in sections) section.Extensions = [extension];
        var profile = new Profile(ProfileLoader.Parse("test", "test/profile.yaml", $"tenant: acme\n{yaml}", sections, _ => null));
        var audit = new MemoryAuditLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(profile).AddSingleton(ExtensionRegistry.Create([new Standalone()]));
        extension.ConfigureServices(builder.Services, profile);
        builder.Services.AddSingleton<ILive<GovernanceSettings>>(new Fixed<GovernanceSettings>(profile.Section<GovernanceSettings>())).AddSingleton<IMemberships, Memberships>();
        builder.Services.AddSingleton<IAuditLog>(audit);
        var app = builder.Build();
        var fixture = new HookFixture(app, audit);
        app.UseRouting();
        app.Use((context, next) =>
        {
            if (fixture.Pending is { } pending) context.Features.Set(pending);
            else context.Features.Set(new Principal { Subject = "alice", Tier = Tier.User, TokenId = "token-1" });
            return next(context);
        });
        app.UseEndpoints(static _ => { });
        extension.MapRoutes(new RouteMap(app, "governance"));
        await app.StartAsync();
        return fixture;
    }

    public async Task<(HttpResponseMessage Response, JsonElement Answer)> SendAsync(string json)
    {
        var response = await Client.PostAsync("/api/v1/hooks/govern", new StringContent(json, Encoding.UTF8, "application/json"));
        return (response, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _app.DisposeAsync();
    }

    [Extension("standalone")]
    private sealed class Standalone : Extension
    {
        public override IReadOnlyList<PolicyRegistration> Policies => new GovernanceExtension().Policies;
    }
}
