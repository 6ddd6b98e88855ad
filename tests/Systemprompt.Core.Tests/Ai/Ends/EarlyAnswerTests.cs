using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Core.Tests.Ai.Ends;

/// <summary>A question's memory is given back once its provider has it, and other calls then write theirs there: never before.</summary>
public sealed class EarlyAnswerTests
{
    private const int Large = 8 * 1024 * 1024;

    [Fact]
    public async Task A_provider_that_answers_before_it_has_read_the_question_reads_this_question_and_no_other()
    {
        using var provider = new HastyProvider();
        await using var gateway = await GatewayFixture.StartAsync(provider: settings => settings with { Endpoint = provider.Address });
        var question = GatewayFixture.Body(stream: true, content: new string('a', Large));

        var asked = gateway.SendAsync(question);
        await provider.Answered.WaitAsync(TimeSpan.FromSeconds(30));
        var others = Enumerable.Range(0, 8).Select(async _ =>
        {
            using var other = await gateway.SendAsync(GatewayFixture.Body("echo", content: new string('b', Large)));
            other.StatusCode.ShouldBe(HttpStatusCode.OK);
            await other.Content.ReadAsByteArrayAsync();
        });
        await Task.WhenAll(others);
        var read = await provider.ReadAsync(Encoding.UTF8.GetByteCount(question)).WaitAsync(TimeSpan.FromSeconds(30));

        read.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(question)).ShouldBeTrue();
        using var response = await asked;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldContain("too soon");
    }

    /// <summary>Answers as soon as it has seen a request's head, and reads its body when it is told.</summary>
    private sealed class HastyProvider : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TaskCompletionSource<NetworkStream> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HastyProvider()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public Task Answered => _answered.Task;

        public async Task<byte[]> ReadAsync(int length)
        {
            using var stream = await _answered.Task;
            var body = new byte[length];
            await stream.ReadExactlyAsync(body);
            return body;
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                var stream = (await _listener.AcceptTcpClientAsync()).GetStream();
                var head = new List<byte>();
                var next = new byte[1];
                while (!Encoding.ASCII.GetString([.. head]).EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    await stream.ReadExactlyAsync(next);
                    head.Add(next[0]);
                }

                await stream.WriteAsync(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + Events()));
                _answered.SetResult(stream);
            }
            catch (Exception exception)
            {
                _answered.TrySetException(exception);
            }
        }

        private static string Events()
        {
            var events = new StringBuilder();
            foreach (var data in (string[])
            [
                """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}""",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"too soon"}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}""",
                """{"type":"message_stop"}""",
            ])
                events.Append("event: ").Append(JsonElement.Parse(data).GetProperty("type").GetString()).Append("\ndata: ").Append(data).Append("\n\n");
            return events.ToString();
        }
    }
}
