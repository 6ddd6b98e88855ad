using Systemprompt.AnthropicStub;

namespace Systemprompt.Clients.Tests;

/// <summary>The published file with profile <c>production</c>, its model <c>echo</c>, and the stub of Anthropic's API behind <c>claude-*</c>.</summary>
public sealed class Gateway : IAsyncLifetime
{
    public const string ProviderKey = "sk-ant-stub-key-of-the-gateway";
    private readonly HostOptions _options = new();
    private PublishedHost? _host;
    private StubServer? _stub;
    private TestDatabase? _database;

    public PublishedHost Host => _host!;

    public StubServer Stub => _stub!;

    public TestDatabase Database => _database!;

    /// <summary>What signs its tokens.</summary>
    public string Secret => _options.Secret;

    /// <summary>The base address as clients take it.</summary>
    public string Url => Host.Address.ToString().TrimEnd('/');

    public async Task InitializeAsync()
    {
        _stub = await StubServer.StartAsync(new StubOptions { Key = ProviderKey });
        _database = await TestDatabase.CreateAsync();
        _host = await PublishedHost.StartAsync(_database, Behind(_stub, _options));
    }

    public async Task DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        if (_stub is not null) await _stub.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    /// <summary>Options for a host with the stub as its provider.</summary>
    public static HostOptions Behind(StubServer stub, HostOptions options) => options with
    {
        Variables = new Dictionary<string, string>
        {
            ["ANTHROPIC_BASE_URL"] = stub.Address,
            ["ANTHROPIC_API_KEY"] = ProviderKey,
            ["RATE_LIMIT_SCALE"] = "100",
        },
    };

    /// <summary>How the calls of one person ended, in order: <c>refused 451</c>.</summary>
    public Task<IReadOnlyList<string>> CallsOfAsync(string user) => Database.ColumnAsync<string>(
        $"select concat_ws(' ', status, http_status) from ai.requests where user_id = '{user}' order by created_at, id");

    /// <summary>What one person's hooks were answered: <c>PreToolUse Bash deny blocklist</c>.</summary>
    public Task<IReadOnlyList<string>> DecisionsOfAsync(string user) => Database.ColumnAsync<string>(
        $"select concat_ws(' ', event, tool, verdict, policy) from governance.decisions where door = 'hook' and user_id = '{user}' order by decided_at, id");
}
