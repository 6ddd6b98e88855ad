using System.Net.Http.Json;
using System.Text;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>One published host in production, with the stand-in for Anthropic behind it, shared by the tests that break nothing.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    public const string Key = "sk-ant-key-of-the-gateway";

    public TestDatabase Database { get; private set; } = null!;

    public StubServer Upstream { get; private set; } = null!;

    public PublishedHost Host { get; private set; } = null!;

    /// <summary>With a token of tier user, subject alice.</summary>
    public HttpClient Alice { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Upstream = await StubServer.StartAsync(new StubOptions { Key = Key });
        Database = await TestDatabase.CreateAsync();
        Host = await PublishedHost.StartAsync(Database, Options(Upstream));
        Alice = await Host.ClientForAsync("alice");
    }

    public async Task DisposeAsync()
    {
        Alice.Dispose();
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>Production with that upstream, and rates that no test meets.</summary>
    public static HostOptions Options(StubServer upstream) => new()
    {
        Variables = new Dictionary<string, string> { ["ANTHROPIC_BASE_URL"] = upstream.Address, ["ANTHROPIC_API_KEY"] = Key, ["RATE_LIMIT_SCALE"] = "10000" },
    };

    /// <summary>A call of a model. Its answer is returned when its headers are there.</summary>
    public static Task<HttpResponseMessage> CallAsync(
        HttpClient client, string model, string text = "hello", bool stream = false, (string Name, string Value)? header = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "v1/messages")
        {
            Content = JsonContent.Create(new { model, max_tokens = 64, stream, messages = new[] { new { role = "user", content = text } } }),
        };
        request.Headers.Add("anthropic-version", "2023-06-01");
        if (header is { } more) request.Headers.Add(more.Name, more.Value);
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>A tool call, put to the hook door.</summary>
    public static Task<HttpResponseMessage> GovernAsync(HttpClient client, string command) =>
        client.PostAsJsonAsync("api/v1/hooks/govern", new { hook_event_name = "PreToolUse", session_id = "s", tool_name = "Bash", tool_input = new { command } });

    /// <summary>A body as it stands.</summary>
    public static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, byte[] body) =>
        client.PostAsync(path, new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } });

    public static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string body) => PostAsync(client, path, Encoding.UTF8.GetBytes(body));

    /// <summary>The id that an answer carries.</summary>
    public static string AuditId(HttpResponseMessage response) => response.Headers.GetValues("x-audit-id").Single();

    /// <summary>The request upstream that holds a text.</summary>
    public async Task<StubRequest> SeenAsync(string text)
    {
        while (true)
        {
            var request = await Upstream.NextAsync();
            if (Encoding.UTF8.GetString(request.Body).Contains(text, StringComparison.Ordinal)) return request;
        }
    }
}

[CollectionDefinition(Name)]
public sealed class GatewayTests : ICollectionFixture<GatewayFixture>
{
    public const string Name = "gateway";
}
