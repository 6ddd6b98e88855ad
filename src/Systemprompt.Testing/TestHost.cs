using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Cli;
using Systemprompt.Hosting;
using Systemprompt.Profiles;
using Systemprompt.Scheduler;
using Systemprompt.Security;

namespace Systemprompt.Testing;

/// <summary>The real host in this process, on a free port, with a database and a storage folder of its own.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private readonly HostDefinition _host;
    private readonly TestDatabase _database;
    private readonly TestVariables _variables;
    private readonly ServerHost _server;
    private readonly TokenIssuer _tokens;
    private readonly List<HttpClient> _clients = [];

    private TestHost(HostDefinition host, TestDatabase database, TestVariables variables, ServerHost server)
    {
        (_host, _database, _variables, _server) = (host, database, variables, server);
        _tokens = new TokenIssuer(server.Services.GetRequiredService<Profile>(), server.Services.GetRequiredService<TimeProvider>());
        Client = NewClient(null);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _server.Address;

    /// <summary>The host's container.</summary>
    public IServiceProvider Services => _server.Services;

    /// <summary>The address of its database, as <c>DATABASE_URL</c>.</summary>
    public string DatabaseUrl => _database.Url;

    /// <summary>A client without a token.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts a host and returns when it is ready.</summary>
    /// <param name="host">The host, usually the generated <c>CompiledExtensions.All</c>.</param>
    /// <param name="options">How; null for profile <c>local</c> and nothing else.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<TestHost> StartAsync(HostDefinition host, TestHostOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        options ??= new TestHostOptions();
        var whole = CoreExtensions.With(host);
        var variables = new TestVariables(options);
        var database = await TestDatabase.CreateAsync(whole, variables, cancellationToken);
        ServerHost? server = null;
        try
        {
            variables.Set("DATABASE_URL", database.Url);
            var composition = Composition.Create(whole, variables.Find);
            var profile = ProfileLoader.Load(options.Profile, ProfileSources.Of(whole.Assembly), composition.Sections(), variables.Find);
            profile.ResolveAll();
            server = ServerHost.Build(composition, profile, services => Quieten(services, options.LogLevel));
            await server.StartAsync(cancellationToken);
            await server.Started.WaitAsync(StartLimit, cancellationToken);
            variables.Set("PORT", server.Address.Port.ToString());
            return new TestHost(whole, database, variables, server);
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            await database.DisposeAsync();
            variables.Dispose();
            throw;
        }
    }

    /// <summary>A client that carries a token.</summary>
    /// <param name="subject">Who calls.</param>
    /// <param name="tier">As what.</param>
    /// <param name="scopes">Scopes of the token.</param>
    public HttpClient ClientFor(string subject, Tier tier = Tier.User, params IReadOnlyList<string> scopes) => NewClient(TokenFor(subject, tier, scopes));

    /// <summary>A token that the host takes.</summary>
    /// <inheritdoc cref="ClientFor"/>
    public string TokenFor(string subject, Tier tier = Tier.User, params IReadOnlyList<string> scopes) =>
        _tokens.Issue(new TokenRequest(subject, tier, Scopes: scopes));

    /// <summary>Calls the command line, in the same environment as the host.</summary>
    /// <param name="arguments">The words after the binary's name, such as <c>"infra", "audit", "list", "--json"</c>.</param>
    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new CliRunner(_host, output, error, _variables.Find).RunAsync(arguments, CancellationToken.None);
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Returns when no job waits or runs. Delayed ones, such as retries, are not waited for.</summary>
    /// <exception cref="InvalidOperationException">A job is dead; the message says which and why.</exception>
    public async Task WhenJobsDoneAsync(CancellationToken cancellationToken = default)
    {
        var jobs = _server.Services.GetRequiredService<JobStore>();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var left = await jobs.ListAsync(null, null, 1000, cancellationToken);
            if (left.FirstOrDefault(job => job.State == "dead") is { } dead) throw new InvalidOperationException($"job {dead.Id} ({dead.Kind}) is dead: {dead.LastError}");
            if (left.All(job => job.State == "delayed")) return;
            await look.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Stops the host as SIGTERM would, and drops its database and files.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        try
        {
            await _server.StopAsync();
            await _server.DisposeAsync();
        }
        finally
        {
            await _database.DisposeAsync();
            _variables.Dispose();
        }
    }

    private HttpClient NewClient(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = Address };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        lock (_clients) _clients.Add(client);
        return client;
    }

    private static void Quieten(IServiceCollection services, LogLevel level) => services.PostConfigure<LoggerFilterOptions>(filter =>
    {
        filter.Rules.Clear();
        filter.MinLevel = level;
    });
}
