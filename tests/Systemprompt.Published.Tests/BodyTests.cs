using System.Net;
using System.Text;

namespace Systemprompt.Published.Tests;

/// <summary>Bodies as hostile or broken clients send them: a right status, a row, and a server that goes on.</summary>
[Collection(GatewayTests.Name)]
public sealed class BodyTests(GatewayFixture gateway)
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"model\":\"echo\"")]
    [InlineData("{\"model\":\"echo\",\"max_tokens\":1,\"messages\":[}")]
    [InlineData("{\"model\":7,\"max_tokens\":1,\"messages\":[]}")]
    public async Task What_is_no_call_is_400_in_anthropics_shape(string body)
    {
        using var answer = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", body);

        ((int)answer.StatusCode).ShouldBeOneOf(400, 404);
        (await answer.Content.ReadAsStringAsync()).ShouldStartWith("{\"type\":\"error\"");
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(answer))).ShouldBe("failed");
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\ud800")]
    [InlineData("\\udc00 \\ud800\\u0000")]
    public async Task Nul_and_lone_surrogates_in_every_text_field_are_answered_and_recorded(string text)
    {
        var call = $$"""{"model":"echo","max_tokens":8,"system":"{{text}}","metadata":{"user_id":"user_{{text}}_session_{{text}}"},"messages":[{"role":"user","content":"a{{text}}b"}]}""";
        using var answer = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", call);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(answer))).ShouldBe("completed");

        using var strange = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", $$"""{"model":"m{{text}}","max_tokens":8,"messages":[{"role":"user","content":"x"}]}""");
        strange.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(strange))).ShouldBe("failed");

        using var hook = await GatewayFixture.PostAsync(
            gateway.Alice, "api/v1/hooks/govern", $$$"""{"hook_event_name":"PreToolUse","session_id":"{{{text}}}","tool_name":"T{{{text}}}","tool_input":{"a{{{text}}}":"{{{text}}}"}}""");
        hook.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Database.AuditIdsAsync()).ShouldContain(Guid.Parse(GatewayFixture.AuditId(hook)));
    }

    [Fact]
    public async Task Bytes_that_are_not_utf_8_are_refused()
    {
        byte[] body = [.. "{\"model\":\"echo\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xff, 0xfe, .. "\"}]}"u8];

        using var answer = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", body);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(answer))).ShouldBe("failed");
    }

    [Fact]
    public async Task A_body_of_32_megabytes_is_served_and_a_longer_one_is_413()
    {
        using var most = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", Call(32 * 1024 * 1024));
        most.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var longer = await GatewayFixture.PostAsync(gateway.Alice, "v1/messages", Call((32 * 1024 * 1024) + 1));
        longer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await longer.Content.ReadAsStringAsync()).ShouldContain("\"request_too_large\"");
        (await gateway.Database.StatusAsync(GatewayFixture.AuditId(longer))).ShouldBe("failed");

        using var hook = await GatewayFixture.PostAsync(gateway.Alice, "api/v1/hooks/govern", Call((8 * 1024 * 1024) + 1));
        hook.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await hook.Content.ReadAsStringAsync()).ShouldContain("\"deny\"");
    }

    [Fact]
    public async Task A_role_system_inside_messages_and_unknown_fields_are_served()
    {
        using var answer = await GatewayFixture.PostAsync(
            gateway.Alice, "v1/messages?beta=true",
            """{"model":"echo","max_tokens":8,"context_management":{"edits":[]},"messages":[{"role":"user","content":"first"},{"role":"system","content":"between"},{"role":"user","content":"last"}]}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("last");
    }

    /// <summary>A call of exactly that many bytes. Blanks, so that nothing has to be scanned for long.</summary>
    private static byte[] Call(int length)
    {
        var call = """{"model":"echo","max_tokens":8,"messages":[{"role":"user","content":"long"}]}""";
        return Encoding.UTF8.GetBytes(call.PadRight(length));
    }
}
