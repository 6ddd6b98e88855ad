using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Systemprompt.Published.Tests;

/// <summary>What works under <c>dotnet</c> works published: both give the same answers, member for member.</summary>
public sealed partial class SameAnswersTests(BothFixture both) : IClassFixture<BothFixture>
{
    [Theory]
    [InlineData("GET", "api/v1/nothing", null, 404)]
    [InlineData("DELETE", "api/v1/billing/entries", null, 405)]
    [InlineData("POST", "api/v1/billing/entries", "{}", 400)]
    [InlineData("POST", "api/v1/billing/entries", "{\"text\":", 400)]
    [InlineData("POST", "api/v1/billing/entries", "{\"text\":7}", 400)]
    [InlineData("POST", "api/v1/billing/entries", "{\"text\":\"first\"}", 201)]
    [InlineData("GET", "api/v1/billing/entries?limit=none", null, 400)]
    [InlineData("GET", "api/v1/billing/entries", null, 200)]
    [InlineData("GET", "api/v1/health", null, 200)]
    [InlineData("GET", "api/v1/health/ready", null, 200)]
    [InlineData("GET", "v1/models", null, 200)]
    [InlineData("GET", "v1/models/none", null, 404)]
    [InlineData("POST", "v1/messages", "{\"model\":", 400)]
    [InlineData("POST", "v1/messages", "{\"model\":\"echo\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", 200)]
    [InlineData("GET", "marketplace.json", null, 200)]
    [InlineData("GET", "api/v1/content/search?q=governence", null, 200)]
    [InlineData("GET", "api/v1/content/items/docs/governance.md", null, 200)]
    [InlineData("GET", "api/v1/content/search", null, 400)]
    public async Task Both_answer_alike(string method, string path, string? body, int status)
    {
        var published = await AnswerAsync(both.Published, method, path, body);
        var built = await AnswerAsync(both.Built, method, path, body);

        published.Status.ShouldBe(status, published.Body);
        published.ShouldBe(built);
        JsonNode.Parse(published.Body).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("POST", "{}", "errors,status,title,type")]
    [InlineData("POST", "{\"text\":", "code,detail,status,title,trace_id,type")]
    [InlineData("DELETE", null, "code,detail,status,title,trace_id,type")]
    public async Task Problem_details_and_validation_errors_have_all_their_members(string method, string? body, string members)
    {
        var answer = await AnswerAsync(both.Published, method, "api/v1/billing/entries", body);

        string.Join(',', JsonNode.Parse(answer.Body)!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal)).ShouldBe(members);
    }

    [Theory]
    [InlineData("admin config show --json")]
    [InlineData("extensions list --json")]
    [InlineData("extensions show billing --json")]
    [InlineData("gateway models --json")]
    [InlineData("admin config schema")]
    [InlineData("--help")]
    public async Task Both_print_alike(string command)
    {
        var published = (await both.Published.RunAsync(command.Split(' '))).Succeeded();
        var built = (await both.Built.RunAsync(command.Split(' '))).Succeeded();

        Steady(published.Output).ShouldBe(Steady(built.Output));
    }

    [Fact]
    public async Task Pages_are_rendered_alike()
    {
        var published = Steady(await both.Published.Client.GetStringAsync(""));

        published.ShouldContain("<h2>Status</h2>");
        published.ShouldBe(Steady(await both.Built.Client.GetStringAsync("")));
    }

    private static async Task<(int Status, string Type, string Body)> AnswerAsync(PublishedHost host, string method, string path, string? body)
    {
        using var client = await host.ClientForAsync("alice");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString() ?? "", Steady(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>Without what differs from one answer to the next: ids, times, ports and folders.</summary>
    private static string Steady(string text) => Changing().Replace(text, "0");

    [GeneratedRegex(@"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|msg_\w+|\d{4}-\d\d-\d\d[T ][\d:.+Z-]*|/tmp/systemprompt-host-\w+|\b\d{5}\b|\b[\d.]+ (ms|s|requests|loops)\b|(?<=""id"":\s?)\d+|(?<=entries/)\d+")]
    private static partial Regex Changing();
}

/// <summary>The published file and the dll that it was published from, each as a server on a database of its own.</summary>
public sealed class BothFixture : IAsyncLifetime
{
    private readonly List<TestDatabase> _databases = [];

    public PublishedHost Published { get; private set; } = null!;

    public PublishedHost Built { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Published = await StartAsync(new HostOptions { Profile = "local" });
        (await Dotnet.RunAsync(PublishedFile.Solution, "build", "MyCo.Host", "-c", "Debug")).Succeeded();
        Built = await StartAsync(Dotnet.Options(PublishedFile.Solution));
    }

    public async Task DisposeAsync()
    {
        await Published.DisposeAsync();
        await Built.DisposeAsync();
        foreach (var database in _databases) await database.DisposeAsync();
    }

    private async Task<PublishedHost> StartAsync(HostOptions options)
    {
        _databases.Add(await TestDatabase.CreateAsync());
        return await PublishedHost.StartAsync(_databases[^1], options);
    }
}
