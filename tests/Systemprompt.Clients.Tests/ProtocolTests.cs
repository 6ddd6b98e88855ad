using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Systemprompt.Clients.Tests;

/// <summary>What Claude Code's gateway contract asks for beyond ordinary calls, at its edges.</summary>
public sealed class ProtocolTests(Gateway gateway) : IClassFixture<Gateway>
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("/")]
    [InlineData("/api/hello")]
    public async Task Its_probes_are_answered_without_a_token(string path)
    {
        using var answer = await gateway.Host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Query_betas_and_unknown_fields_reach_the_provider_as_they_were_sent()
    {
        using var client = await gateway.Host.ClientForAsync("proto-beta");
        var sent = Encoding.UTF8.GetBytes(
            """{"model":"claude-sonnet-4-5", "max_tokens":64,"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}],"a_field_of_tomorrow":{"x": [1.50]}}""");
        using var request = Post("/v1/messages?beta=true", sent);
        request.Headers.Add("anthropic-beta", "tomorrow-2027-01-01,another-2027-02-02");
        request.Headers.Add("anthropic-version", "2023-06-01");

        using var answer = await client.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var upstream = await gateway.Stub.NextAsync();
        upstream.Query.ShouldBe("?beta=true");
        upstream.Headers["anthropic-beta"].ShouldBe("tomorrow-2027-01-01,another-2027-02-02");
        upstream.Body.ShouldBe(sent);
    }

    [Fact]
    public async Task A_body_of_32_megabytes_passes_and_a_larger_one_is_refused_in_anthropics_words()
    {
        using var client = await gateway.Host.ClientForAsync("proto-large");

        using var answer = await client.SendAsync(Post("/v1/messages", OfSize(32 * Megabyte)));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        (await gateway.CallsOfAsync("proto-large")).ShouldBe(["completed 200"]);
        using var large = await client.SendAsync(Post("/v1/messages", OfSize((32 * Megabyte) + 4096)));
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await large.Content.ReadAsStringAsync()).ShouldContain("\"type\":\"request_too_large\"");
    }

    [Fact]
    public async Task Counting_tokens_is_declined_rather_than_guessed()
    {
        using var client = await gateway.Host.ClientForAsync("proto-count");

        using var answer = await client.PostAsJsonAsync("v1/messages/count_tokens", new { model = "echo", messages = new[] { new { role = "user", content = "hi" } } });

        answer.StatusCode.ShouldBe(HttpStatusCode.NotImplemented);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("not_supported");
    }

    /// <summary>A call of the echo model, padded with text to a size in bytes.</summary>
    private static byte[] OfSize(int bytes)
    {
        const string Head = """{"model":"echo","max_tokens":8,"messages":[{"role":"user","content":[{"type":"text","text":""";
        const string Tail = "\"}]}]}";
        var body = new byte[bytes];
        body.AsSpan().Fill((byte)'x');
        Encoding.ASCII.GetBytes(Head + "\"", body);
        Encoding.ASCII.GetBytes(Tail, body.AsSpan(bytes - Tail.Length));
        return body;
    }

    private static HttpRequestMessage Post(string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }
}
