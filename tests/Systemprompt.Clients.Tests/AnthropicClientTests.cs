using System.Net;
using System.Text;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Clients.Tests;

/// <summary>Anthropic's own client library, pointed at the gateway.</summary>
public sealed class AnthropicClientTests(Gateway gateway) : IClassFixture<Gateway>, IDisposable
{
    private readonly Wire _wire = new();

    public void Dispose() => _wire.Dispose();

    [Fact]
    public async Task The_echo_model_answers_a_message_and_its_row_has_usage_and_cost()
    {
        var message = await (await ClientAsync("sdk-echo")).Messages.Create(Asking("echo", "say pineapple"));

        Text(message).ShouldBe("say pineapple");
        message.StopReason!.Value().ShouldBe(StopReason.EndTurn);
        var row = await RowAsync();
        row.ShouldBe($"completed {message.Usage.InputTokens} {message.Usage.OutputTokens} {message.Usage.InputTokens + (5 * message.Usage.OutputTokens)}");
    }

    [Fact]
    public async Task The_echo_model_streams()
    {
        var client = await ClientAsync("sdk-echo-stream");

        var text = await StreamAsync(client, Asking("echo", "say pineapple, and say it so long that it comes in pieces"));

        text.ShouldBe("say pineapple, and say it so long that it comes in pieces");
        (await RowAsync()).ShouldStartWith("completed ");
    }

    [Fact]
    public async Task A_message_passes_through_byte_for_byte_both_ways_and_is_priced()
    {
        var message = await (await ClientAsync("sdk-message")).Messages.Create(Asking("claude-sonnet-4-5", "Grüße, 世界 🎉"));

        var upstream = await gateway.Stub.NextAsync();
        Text(message).ShouldBe(StubMessages.Text);
        upstream.Body.ShouldBe(_wire.Sent);
        _wire.Received.ShouldBe(upstream.Answer);
        upstream.Headers["x-api-key"].ShouldBe(Gateway.ProviderKey);
        // 25 input tokens at 3 dollars and 9 output tokens at 15 dollars a million.
        (await RowAsync()).ShouldBe("completed 25 9 210");
    }

    [Fact]
    public async Task A_stream_passes_through_byte_for_byte_and_is_priced()
    {
        var text = await StreamAsync(await ClientAsync("sdk-stream"), Asking("claude-sonnet-4-5", "hello"));

        var upstream = await gateway.Stub.NextAsync();
        text.ShouldBe(StubMessages.Text);
        upstream.Body.ShouldBe(_wire.Sent);
        _wire.Received.ShouldBe(upstream.Answer);
        (await RowAsync()).ShouldBe("completed 25 9 210");
    }

    [Fact]
    public async Task A_refusal_costs_one_request_and_carries_its_reason()
    {
        // Put together here, so that no scanner takes this file for a leak.
        var secret = "AKIA" + "Q3EGVU7DXYSHJ2LM";
        var client = await ClientAsync("sdk-refused");

        var fault = await Should.ThrowAsync<AnthropicApiException>(() => client.Messages.Create(Asking("claude-sonnet-4-5", $"use {secret}")));

        fault.StatusCode.ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
        fault.Message.ShouldContain("refused by policy secret_scan");
        fault.Message.ShouldNotContain(secret);
        _wire.Requests.Count.ShouldBe(1);
        (await gateway.CallsOfAsync("sdk-refused")).ShouldBe(["refused 451"]);
        (await gateway.Database.DumpAsync()).ShouldNotContain(secret);
    }

    [Fact]
    public async Task A_streamed_call_is_refused_the_same_way()
    {
        var client = await ClientAsync("sdk-refused-stream");

        var fault = await Should.ThrowAsync<AnthropicApiException>(() => StreamAsync(client, Asking("echo", "use " + "AKIA" + "Q3EGVU7DXYSHJ2LM")));

        fault.StatusCode.ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
        (await gateway.CallsOfAsync("sdk-refused-stream")).ShouldBe(["refused 451"]);
    }

    [Fact]
    public async Task A_model_that_nobody_serves_is_not_found()
    {
        var client = await ClientAsync("sdk-unknown");

        var fault = await Should.ThrowAsync<AnthropicNotFoundException>(() => client.Messages.Create(Asking("gpt-nowhere", "hello")));

        fault.Message.ShouldContain("gpt-nowhere");
        _wire.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_providers_error_reaches_the_client_as_the_provider_worded_it()
    {
        var client = (await ClientAsync("sdk-529")).WithOptions(options => options with { MaxRetries = 0 });

        var fault = await Should.ThrowAsync<AnthropicApiException>(() => client.Messages.Create(Asking("claude-stub-529", "hello")));

        ((int)fault.StatusCode).ShouldBe(529);
        fault.Message.ShouldContain("overloaded_error");
        (await gateway.Stub.NextAsync()).Answer.ShouldBe(_wire.Received);
        (await gateway.CallsOfAsync("sdk-529")).ShouldBe(["failed 529"]);
    }

    [Fact]
    public async Task A_bad_token_is_an_authentication_error()
    {
        var client = Client("not-a-token");

        await Should.ThrowAsync<AnthropicUnauthorizedException>(() => client.Messages.Create(Asking("echo", "hello")));

        _wire.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_models_are_listed()
    {
        var client = await ClientAsync("sdk-models");

        var page = await client.Models.List(new Anthropic.Models.Models.ModelListParams { Limit = 1000 });

        var ids = page.Items.Select(model => model.ID).ToList();
        ids.ShouldContain("echo");
        ids.ShouldContain("claude-sonnet-4-5");
        (await client.Models.Retrieve("echo")).DisplayName.ShouldContain("Echo");
    }

    private static MessageCreateParams Asking(string model, string text) => new()
    {
        MaxTokens = 64,
        Model = model,
        Messages = [new UserMessageParam(text)],
    };

    private static string Text(Message message) =>
        string.Concat(message.Content.Select(block => block.TryPickText(out var text) ? text.Text : ""));

    private static async Task<string> StreamAsync(AnthropicClient client, MessageCreateParams asking)
    {
        var text = new StringBuilder();
        await foreach (var happening in client.Messages.CreateStreaming(asking))
            if (happening.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece)) text.Append(piece.Text);
        return text.ToString();
    }

    private async Task<AnthropicClient> ClientAsync(string user) => Client(await gateway.Host.TokenAsync(subject: user));

    private AnthropicClient Client(string token) => new() { BaseUrl = gateway.Url, AuthToken = token, HttpClient = new HttpClient(_wire) };

    private Task<string> RowAsync() => gateway.Database.ScalarAsync<string>(
        $"select concat_ws(' ', status, input_tokens, output_tokens, cost_microdollars) from ai.requests where id = '{_wire.AuditId}'");
}
