using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>What all bodies together may hold, and what a declared length is worth.</summary>
public sealed class BodyMemoryTests
{
    [Fact]
    public async Task Beyond_the_budget_a_call_is_529_and_the_next_one_after_it_passes()
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { MaxRequestBody = ByteSize.Megabytes(1), MaxBodyMemory = ByteSize.Megabytes(1) });
        gateway.Budget.TryTake(1024 * 1024).ShouldBeTrue();

        using (var full = await gateway.SendAsync(GatewayFixture.Body()))
        {
            ((int)full.StatusCode).ShouldBe(529);
            full.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
            (await GatewayFixture.ErrorAsync(full)).Type.ShouldBe("overloaded_error");
        }

        (gateway.Audit.Settled.Error, gateway.Audit.Settled.HttpStatus).ShouldBe(("overloaded", 529));
        gateway.Budget.Return(1024 * 1024);
        gateway.Budget.Used.ShouldBe(0);
        using var next = await gateway.SendAsync(GatewayFixture.Body());
        next.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_that_outgrows_the_budget_on_the_way_gives_back_what_it_had()
    {
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { MaxBodyMemory = ByteSize.Megabytes(2) });
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(GatewayFixture.Body(content: new string('x', 4 << 20))));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var response = await gateway.Client.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(529);
        gateway.Budget.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_passes_whether_its_length_is_declared_or_not()
    {
        const int Limit = 2048;
        await using var gateway = await GatewayFixture.StartAsync(settings => settings with { MaxRequestBody = new ByteSize(Limit) });
        var empty = GatewayFixture.Body("echo", content: "").Length;
        foreach (var (length, chunked, status) in new[] { (Limit, false, 200), (Limit, true, 200), (Limit + 1, false, 413), (Limit + 1, true, 413) })
        {
            using var request = GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body("echo", content: new string('x', length - empty))));
            if (chunked) request.Headers.TransferEncodingChunked = true;
            using var response = await gateway.Client.SendAsync(request);
            ((int)response.StatusCode).ShouldBe(status, $"{length} bytes, chunked: {chunked}");
            gateway.Budget.Used.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", true)]
    [InlineData("claude-stub-429", false)]
    [InlineData("claude-stub-cut-before", false)]
    [InlineData("claude-stub-truncate", true)]
    [InlineData("echo", true)]
    [InlineData("nobody", false)]
    public async Task Every_end_gives_its_memory_back(string model, bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var held = 0L;
        gateway.Audit.Before = _ =>
        {
            held = Math.Max(held, gateway.Budget.Used);
            return Task.CompletedTask;
        };

        using var response = await gateway.SendAsync(GatewayFixture.Body(model, stream));
        await response.Content.ReadAsByteArrayAsync();

        held.ShouldBeGreaterThan(0);
        await Poll.UntilAsync(() => gateway.Budget.Used == 0);
    }

    [Fact]
    public async Task A_long_answer_does_not_hold_the_question()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: ping\ndata: {\"type\":\"ping\"}\n\n");
            await context.Response.Body.FlushAsync();
            await go.Task;
        });
        using var request = GatewayFixture.Request(Encoding.UTF8.GetBytes(GatewayFixture.Body(stream: true, content: new string('x', 100_000))));
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadAtLeastAsync(new byte[16], 16);

        gateway.Budget.Used.ShouldBe(0);

        go.SetResult();
        await new StreamReader(stream).ReadToEndAsync();
        gateway.Audit.Opened.RequestBytes.ShouldBeGreaterThan(100_000);
    }
}
