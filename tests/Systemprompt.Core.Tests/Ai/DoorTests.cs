using System.Net;
using System.Text.Json;
using Systemprompt.Core.Tests.Governance;
using Systemprompt.Governance;
using Systemprompt.Governance.Secrets;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Answers under /v1 that are no model call.</summary>
public sealed class DoorTests
{
    [Theory]
    [InlineData("GET", "/v1/messages")]
    [InlineData("POST", "/v1/embeddings")]
    [InlineData("DELETE", "/v1/files/f-1")]
    public async Task What_this_gateway_does_not_have_is_404_with_its_row(string method, string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error").GetProperty("type").GetString().ShouldBe("not_found_error");
        response.Headers.GetValues("x-audit-id").ShouldHaveSingleItem().ShouldBe(gateway.Audit.Rows.OfType<DecisionRow>().ShouldHaveSingleItem().Id.ToString());
    }

    [Fact]
    public async Task A_credential_in_a_models_name_is_neither_recorded_nor_repeated()
    {
        var secret = SecretScannerTests.Sample(SecretRules.All.First(rule => rule.Id == "anthropic_key"), 40, seed: 3);
        await using var gateway = await GatewayFixture.StartAsync();

        using var response = await gateway.SendAsync(GatewayFixture.Body(secret), ("user-agent", secret), ("x-claude-code-session-id", secret));

        (await response.Content.ReadAsStringAsync()).ShouldNotContain(secret[10..]);
        gateway.Audit.Opened.Head.Model.ShouldBe("[redacted]");
        gateway.Audit.Opened.Client.ShouldBe("[redacted]");
        gateway.Audit.Opened.SessionId.ShouldBe("[redacted]");
    }
}
