using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Ai;
using Systemprompt.AnthropicStub;
using Systemprompt.Audit;
using Systemprompt.Audit.Bodies;
using Systemprompt.Budgets;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Http.Bodies;
using Systemprompt.Profiles;
using Systemprompt.Security;
using Systemprompt.Users;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>The room alone on a real server, between a real client and the stub; audit trail and policies are the test's.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string Key = "sk-ant-canary-0123456789abcdef";

    private readonly WebApplication _app;

    private GatewayFixture(WebApplication app, StubServer stub, MemoryAuditLog audit, ScriptedPolicies policies)
    {
        (_app, Stub, Audit, Policies) = (app, stub, audit, policies);
    }

    public StubServer Stub { get; }

    /// <summary>Completes when the server has seen a client go away.</summary>
    public TaskCompletionSource ClientLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MemoryAuditLog Audit { get; }

    public ScriptedPolicies Policies { get; }

    public HttpClient Client => field ??= new HttpClient(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
    };

    public ScriptedBudgets Budgets => (ScriptedBudgets)_app.Services.GetRequiredService<IBudgetGate>();

    public IServiceProvider Services => _app.Services;

    public Open Permissions => (Open)_app.Services.GetRequiredService<IModelPermissions>();

    public SetGovernance Governance => (SetGovernance)_app.Services.GetRequiredService<ILive<GovernanceSettings>>();

    public Readiness Readiness => _app.Services.GetRequiredService<Readiness>();

    public BodyBudget Budget => _app.Services.GetRequiredService<BodyBudget>();

    public static async Task<GatewayFixture> StartAsync(
        Func<AiSettings, AiSettings>? change = null,
        Func<ProviderSettings, ProviderSettings>? provider = null,
        TimeProvider? clock = null,
        Func<HttpContext, Task>? answer = null,
        params IReadOnlyList<Extension> extensions)
    {
        var stub = await StubServer.StartAsync(new StubOptions { Key = Key, Answer = answer });
        var anthropic = new ProviderSettings { Wire = Wire.Anthropic, Endpoint = stub.Address, ApiKey = Key, Models = ["claude-*"] };
        var settings = new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["anthropic"] = provider?.Invoke(anthropic) ?? anthropic,
                ["echo"] = new() { Wire = Wire.Echo, Models = ["echo"] },
                ["keyless"] = new() { Wire = Wire.Anthropic, Endpoint = stub.Address, Models = ["orphan-*"] },
            },
        };
        var audit = new MemoryAuditLog();
        var policies = new ScriptedPolicies();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var profile = TestProfile.Of("acme");
        builder.Services.AddSingleton(clock ?? TimeProvider.System).AddSingleton(profile).AddSingleton<Readiness>();
        new AiExtension().ConfigureServices(builder.Services, profile);
        builder.Services.AddSingleton(change?.Invoke(settings) ?? settings);
        builder.Services.AddSingleton<ILive<AiSettings>>(services => new Fixed<AiSettings>(services.GetRequiredService<AiSettings>())).AddSingleton<IModelPermissions, Open>();
        builder.Services.AddSingleton<ILive<GovernanceSettings>, SetGovernance>();
        builder.Services.AddSingleton<IAuditLog>(audit).AddSingleton<IPolicyEngine>(policies).AddSingleton<IBudgetGate>(static _ => new ScriptedBudgets()).AddSingleton(new BudgetsSettings());
        builder.Services.AddSingleton(ExtensionRegistry.Create(extensions)).AddSingleton<IMemberships, Members>();
        builder.Services.AddSingleton(new AuditSettings()).AddSingleton(WriterOrigin.Here(profile.Tenant)).AddSingleton<BodyKeeper>();
        var app = builder.Build();
        var fixture = new GatewayFixture(app, stub, audit, policies);
        app.UseRouting();
        app.Use((context, next) =>
        {
            context.RequestAborted.Register(() => fixture.ClientLeft.TrySetResult());
            context.Features.Set(new Principal { Subject = "alice", Tier = Tier.User, TokenId = "token-1" });
            return next(context);
        });
        app.UseEndpoints(static _ => { });
        var routes = new RouteMap(app, "ai");
        new AiExtension().MapRoutes(routes);
        new RouteMap(app, "web").Public().MapGet("/", () => "home");
        await app.StartAsync();
        return fixture;
    }

    /// <summary>A request body that the stub accepts.</summary>
    public static string Body(string model = "claude-sonnet-4-5", bool stream = false, string content = "hi") =>
        $$"""{"model":"{{model}}","max_tokens":64,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"{{content}}"}]}""";

    public static HttpRequestMessage Request(byte[] body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages?beta=true") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        request.Headers.Add("anthropic-version", "2023-06-01");
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    /// <summary>Sends and returns as soon as the answer has begun.</summary>
    public Task<HttpResponseMessage> SendAsync(string body, params ReadOnlySpan<(string Name, string Value)> headers) =>
        Client.SendAsync(Request(Encoding.UTF8.GetBytes(body), headers), HttpCompletionOption.ResponseHeadersRead);

    /// <summary>The error of an answer in Anthropic's shape, whose request id is the call's audit id.</summary>
    public static async Task<(string Type, string Message)> ErrorAsync(HttpResponseMessage response)
    {
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var root = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        root.GetProperty("type").GetString().ShouldBe("error");
        root.GetProperty("request_id").GetString().ShouldBe(response.Headers.GetValues("x-audit-id").Single());
        var error = root.GetProperty("error");
        return (error.GetProperty("type").GetString()!, error.GetProperty("message").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await Stub.DisposeAsync();
    }
}

/// <summary>Every model is open to everybody, but for those that the test closes.</summary>
internal sealed class Open : IModelPermissions
{
    public HashSet<string> Closed { get; } = [];

    public bool MayUse(Principal principal, string model) => !Closed.Contains(model);
}

/// <summary>Settings of policies that the test sets.</summary>
internal sealed class SetGovernance : ILive<GovernanceSettings>
{
    public GovernanceSettings Value { get; set; } = new();

    public IDisposable OnChange(Action changed) => new Fixed<GovernanceSettings>(Value).OnChange(changed);
}

/// <summary>Alice is in one team and has one role.</summary>
internal sealed class Members : IMemberships
{
    public IReadOnlyList<string> TeamsOf(string login) => login == "alice" ? ["harbour"] : [];

    public IReadOnlyList<string> RolesOf(string login) => login == "alice" ? ["pilot"] : [];
}

/// <summary>Policies that say what the test wants.</summary>
internal sealed class ScriptedPolicies : IPolicyEngine
{
    private static readonly PolicyDecision Pass = new(PolicyOutcome.Pass, null, null, null, [new PolicyStep("scope", PolicyOutcome.Pass, 3)]);

    public Func<PolicyCall, PolicyDecision> Judge { get; set; } = _ => Pass;

    /// <summary>Who reads answers.</summary>
    public IReadOnlyList<PolicyChain.Link> Readers { get; set; } = [];

    public ValueTask<PolicyDecision> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(Judge(call));

    /// <summary>The call that answers were last read for.</summary>
    public byte[]? Watched { get; private set; }

    public AnswerGuard? Watch(PolicyCall call)
    {
        Watched = call.Content.ToArray();
        return AnswerGuard.Of(Readers, call, NullLogger.Instance);
    }
}
