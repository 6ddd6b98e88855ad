using System.IO.Compression;
using System.Net;
using System.Text;
using Systemprompt.Ai;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Requests that are refused before any provider is asked, each with its row and its words.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("", 400, "line 1, byte 1")]
    [InlineData("{", 400, "not valid JSON")]
    [InlineData("{\"model\":\"echo\"}x", 400, "line 1, byte 17")]
    [InlineData("{\"model\":\"echo\",\n \"a\":tru}", 400, "line 2, byte")]
    [InlineData("[]", 400, "must be a JSON object")]
    [InlineData("\"echo\"", 400, "must be a JSON object")]
    [InlineData("{\"model\":7}", 400, "model: must be a string")]
    [InlineData("{\"model\":null}", 400, "model: must be a string")]
    [InlineData("{\"model\":\"echo\",\"stream\":\"yes\"}", 400, "stream: must be true or false")]
    [InlineData("{\"model\":\"echo\",\"model\":\"claude-x\"}", 400, "model: stands twice")]
    [InlineData("{\"model\":\"echo\",\"mod\\u0065l\":\"claude-x\"}", 400, "model: stands twice")]
    [InlineData("{\"messages\":[],\"model\":\"echo\",\"messages\":[]}", 400, "messages: stands twice")]
    [InlineData("{\"system\":\"\",\"model\":\"echo\",\"system\":\"\"}", 400, "system: stands twice")]
    [InlineData("{\"tools\":[],\"model\":\"echo\",\"tools\":[]}", 400, "tools: stands twice")]
    [InlineData("{}", 404, "names no model")]
    [InlineData("{\"model\":\"\"}", 404, "names no model")]
    [InlineData("{\"model\":\"gpt-9\"}", 404, "gpt-9 is served by no provider")]
    [InlineData("{\"model\":\"orphan-1\"}", 404, "disabled: no key (ai.providers.keyless.api_key is unset)")]
    public async Task A_body_that_says_nothing_usable_is_refused_with_the_place(string body, int status, string message) =>
        await AssertRefusedAsync(Encoding.UTF8.GetBytes(body), status, message);

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused() =>
        await AssertRefusedAsync([.. "{\"model\":\"echo"u8, 0xC3, 0x28, .. "\"}"u8], 400, "not valid UTF-8");

    [Fact]
    public async Task What_is_nested_too_deep_is_refused_and_what_is_not_passes()
    {
        await AssertRefusedAsync(Encoding.UTF8.GetBytes($"{{\"model\":\"echo\",\"a\":{new string('[', 256)}{new string(']', 256)}}}"), 400, "nested deeper than 256");

        await using var gateway = await GatewayFixture.StartAsync();
        using var response = await gateway.SendAsync($"{{\"model\":\"echo\",\"a\":{new string('[', 255)}{new string(']', 255)}}}");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_disabled_provider_says_so()
    {
        await using var gateway = await GatewayFixture.StartAsync(provider: provider => provider with { Enabled = false });

        using var response = await gateway.SendAsync(GatewayFixture.Body());

        (await GatewayFixture.ErrorAsync(response)).Message.ShouldBe("model: claude-sonnet-4-5 belongs to provider anthropic, which is disabled: switched off (ai.providers.anthropic.enabled)");
        gateway.Audit.Settled.Error.ShouldBe("provider_disabled");
    }

    [Theory]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(300)]
    public async Task A_long_models_name_is_cut_between_characters(int length)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(new string('m', length) + "🎉🎉"));

        var (_, message) = await GatewayFixture.ErrorAsync(response);
        message.ShouldNotContain("\uFFFD");
        message.ShouldContain(new string('m', Math.Min(length, 128)));
        gateway.Audit.Settled.Error.ShouldBe("model_unknown");
    }

    [Fact]
    public async Task An_encoding_that_is_not_known_is_415()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body("echo"), ("content-encoding", "zstd"));

        response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("gzip, deflate, br");
        gateway.Audit.Settled.Error.ShouldBe("unsupported_encoding");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_is_not_compressed_as_it_says_is_refused(string encoding)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync("this is not compressed at all", ("content-encoding", encoding));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await GatewayFixture.ErrorAsync(response)).Message.ShouldContain("content-encoding");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task A_compressed_body_reaches_the_provider_as_it_was_before(string encoding)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var body = Encoding.UTF8.GetBytes(GatewayFixture.Body(content: "Grüße 世界"));

        using var response = await gateway.Client.SendAsync(GatewayFixture.Request(Compress(encoding, body), ("content-encoding", encoding)));

        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        (await gateway.Stub.NextAsync()).Body.ShouldBe(body);
        gateway.Audit.Opened.RequestBytes.ShouldBe(body.Length);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_over_the_limit_is_413_however_small_it_was_packed(string encoding)
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { MaxRequestBody = ByteSize.Megabytes(1) });
        var bomb = Compress(encoding, Encoding.UTF8.GetBytes(GatewayFixture.Body(content: new string('x', 8 << 20))));

        using var response = await gateway.Client.SendAsync(GatewayFixture.Request(bomb, ("content-encoding", encoding)));

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await GatewayFixture.ErrorAsync(response)).ShouldBe(("request_too_large", "the request body is larger than 1MB (ai.max_request_body)"));
        AssertUnopened(gateway, 413);
    }

    private static async Task AssertRefusedAsync(byte[] body, int status, string message)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.Client.SendAsync(GatewayFixture.Request(body));

        ((int)response.StatusCode).ShouldBe(status);
        var (type, words) = await GatewayFixture.ErrorAsync(response);
        type.ShouldBe(status == 400 ? "invalid_request_error" : "not_found_error");
        words.ShouldContain(message);
        AssertUnopened(gateway, status);
    }

    private static void AssertUnopened(GatewayFixture gateway, int status)
    {
        gateway.Audit.Opened.Id.ShouldBe(gateway.Audit.Settled.Id);
        (gateway.Audit.Settled.Status, gateway.Audit.Settled.HttpStatus, gateway.Audit.Settled.Cost).ShouldBe((CallStatus.Failed, status, 0L));
        gateway.Stub.HasMore.ShouldBeFalse();
        gateway.Budget.Used.ShouldBe(0);
    }

    private static byte[] Compress(string encoding, byte[] body)
    {
        if (encoding == "identity") return body;
        using var target = new MemoryStream();
        using (Stream stream = encoding.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
        }) stream.Write(body);
        return target.ToArray();
    }
}
