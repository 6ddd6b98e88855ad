using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>What holds for every conversation and every stream.</summary>
public sealed class ProtocolProperties
{
    private static readonly Gen<string> Words = Gen.Elements("", " ", "a", "世界 🎉", "\"\\\n\r\t", "\u2028", "data: x\n\nevent: y", "\ud800", "{}", "[1,", "null");

    private static readonly Gen<string> Ids = Gen.Elements("call_1", "toolu_2", "x-3");

    private static readonly Gen<string> Objects = Gen.Elements("{}", "{\"a\":1}", "{\"世\":[\"\\ud800\",{}]}", "{ \"b\" : \"\\\"\" }");

    public static TheoryData<string> Clients => [.. Bench.Clients.Keys];

    public static TheoryData<string> Providers => [.. Bench.Providers.Keys];

    [Theory]
    [MemberData(nameof(Clients))]
    public void Any_steps_give_a_stream_of_json_that_ends_once(string client)
    {
        var step = Gen.OneOf(
            Gen.Constant<ChatEvent>(new AnswerBegins("id", "m", new TokenUsage { Input = 3 })),
            from index in Gen.Choose(0, 3) from block in Gen.OneOf(
                Gen.Constant<ChatBlock>(new TextBlock("")), Gen.Constant<ChatBlock>(new ThinkingBlock("", null)), Gen.Constant<ChatBlock>(new RedactedThinkingBlock("r")),
                from id in Ids from word in Words select (ChatBlock)new ToolUseBlock(id, "f" + word, "") { Signature = word.Length > 1 ? word : null })
            select (ChatEvent)new BlockBegins(index, block),
            from index in Gen.Choose(0, 3) from word in Words select (ChatEvent)new TextDelta(index, word),
            from index in Gen.Choose(0, 3) from word in Words select (ChatEvent)new ThinkingDelta(index, word),
            from index in Gen.Choose(0, 3) from word in Words select (ChatEvent)new InputDelta(index, word),
            from index in Gen.Choose(0, 3) from word in Words select (ChatEvent)new SignatureDelta(index, word),
            from index in Gen.Choose(0, 3) select (ChatEvent)new BlockEnds(index));
        var end = from fails in Gen.Elements(false, true) from stop in Gen.Elements(Enum.GetValues<ChatStop>()) from word in Words
                  select fails ? (ChatEvent)new AnswerFails("t", word) : new AnswerEnds(new ChatEnd(stop, word, new TokenUsage { Input = 1, Output = 2 }));
        var runs = from steps in Gen.ListOf(step) from ends in end from late in Gen.ListOf(Gen.OneOf(step, end)) select (Steps: steps.Append(ends).Concat(late).ToList(), End: ends);

        Prop.ForAll(runs.ToArbitrary(), run =>
        {
            var events = Events(Bench.Stream(Bench.Clients[client], run.Steps));
            var ends = events.Select((data, index) => (IsEnd: IsEnd(client, data), index)).Where(item => item.IsEnd).ToList();
            ends.ShouldHaveSingleItem().index.ShouldBe(events.Count - 1);
            // Blocks that the Messages format opened stand one behind the other.
            if (client == "messages") InOrder(events);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("chat")]
    [InlineData("responses")]
    public void A_request_survives_the_way_to_a_provider_and_back(string protocol)
    {
        var said = Gen.Elements("a", "世界 🎉", "\"\\\n", "b c");
        var call = from id in Ids from input in Objects select new ToolUseBlock(id, "f", input);
        var turns = from first in said from answer in said from calls in Gen.ListOf(call) from result in said
                    select new[]
                    {
                        new ChatTurn(ChatRole.User, [new TextBlock(first), new ImageBlock("image/png", "AAAA", null)]),
                        new ChatTurn(ChatRole.Assistant, [new TextBlock(answer), .. calls.DistinctBy(one => one.Id)]),
                        new ChatTurn(ChatRole.User, [.. calls.DistinctBy(one => one.Id).Select(one => new ToolResultBlock(one.Id, [new TextBlock(result)], false))]),
                    };
        var choice = Gen.Elements<ChatToolChoice?>(null, new(ChatToolMode.Auto), new(ChatToolMode.Required), new(ChatToolMode.None), new(ChatToolMode.Named, "f"));
        var requests = from spoken in turns from chosen in choice from most in Gen.Choose(16, 9999) from stream in Gen.Elements(true, false) from system in said
                       select new ChatRequest
                       {
                           Model = "m", System = [new TextBlock(system)], Turns = [.. spoken.Where(turn => turn.Blocks.Count > 0)], ToolChoice = chosen, MaxTokens = most, Stream = stream, Temperature = 0.5,
                           Tools = [new ChatTool("f", "d", JsonElement.Parse("""{"type":"object"}"""), true)], ParallelTools = chosen is null or { Mode: ChatToolMode.None } ? null : false,
                       };

        Prop.ForAll(requests.ToArbitrary(), request =>
        {
            var written = Bench.Request(Bench.Providers[protocol], request, CacheMarks.Refuse);
            Text(Bench.Clients[protocol].ReadRequest(Bench.Bytes(written))).ShouldBe(Text(request));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("chat")]
    [InlineData("responses")]
    public void An_answer_survives_the_way_to_a_client_and_back(string protocol)
    {
        var block = Gen.OneOf(
            from id in Ids from input in Objects select (ChatBlock)new ToolUseBlock(id, "f", input),
            from word in Gen.Elements("a", "世界 🎉", "\"\\\n") select (ChatBlock)new TextBlock(word));
        var usage = new TokenUsage { Input = 10, CacheRead = 5, Output = 7 };

        Prop.ForAll(Gen.NonEmptyListOf(block).ToArbitrary(), blocks =>
        {
            // OpenAI's chat answers hold one text, and it stands before the calls.
            List<ChatBlock> kept = protocol == "chat"
                ? [.. blocks.OfType<TextBlock>().Take(1), .. blocks.OfType<ToolUseBlock>()]
                : [.. blocks];
            var answer = new ChatAnswer { Model = "m", Blocks = kept, End = new ChatEnd(kept.Any(one => one is ToolUseBlock) ? ChatStop.ToolUse : ChatStop.EndTurn, null, usage) };
            var back = Bench.Providers[protocol].ReadAnswer(Bench.Answer(Bench.Clients[protocol], answer));
            back.End.ShouldBe(answer.End);
            Text(back.Blocks).ShouldBe(Text(kept));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void What_is_no_answer_gives_a_conversion_fault_and_nothing_else(string provider)
    {
        var pieces = Gen.Elements("data: ", "{", "}", "[", "]", "\"type\":", "\"choices\":", "\"candidates\":", "\"error\":", "\"message_start\"", "\"content\":", "null", "1e999", "\"\\ud800\"", ",", "\n", "\n\n", "\u00ff");

        Prop.ForAll(Gen.ArrayOf(pieces).ToArbitrary(), parts =>
        {
            // Latin-1, so that not all of it is UTF-8.
            var bytes = Encoding.Latin1.GetBytes(string.Concat(parts) + "\n\n");
            Harmless(() => Bench.Steps(Bench.Providers[provider], bytes));
            Harmless(() => Bench.Providers[provider].ReadAnswer(bytes));
            Bench.Providers[provider].ReadError(bytes).ShouldNotBeNull();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void A_fault_in_a_request_is_named_and_never_quoted(string client)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(GoldenFile.Folder, "requests", client), "*.txt"))
        {
            var input = GoldenFile.Open("requests", client, Path.GetFileNameWithoutExtension(file)).Input;
            foreach (var wrong in new[] { "7", "null", "\"SECRET words\"", "{\"SECRET\":1}", "[\"SECRET\"]" })
            foreach (var damaged in Damaged(input, wrong))
                try
                {
                    Bench.Clients[client].ReadRequest(Bench.Bytes(damaged));
                }
                catch (ConversionException exception)
                {
                    exception.Message.ShouldNotContain("SECRET");
                }
        }
    }

    // Each value of the request replaced by another one, one at a time.
    private static IEnumerable<string> Damaged(string json, string wrong)
    {
        var spans = new List<(int Start, int End)>();
        var bytes = Bench.Bytes(json);
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    var ahead = reader;
                    var start = (int)reader.TokenStartIndex;
                    ahead.Skip();
                    spans.Add((start, (int)ahead.BytesConsumed));
                }
        }
        catch (JsonException)
        {
            yield break;
        }

        foreach (var (start, end) in spans) yield return Encoding.UTF8.GetString([.. bytes[..start], .. Bench.Bytes(wrong), .. bytes[end..]]);
    }

    private static void Harmless(Action convert)
    {
        try
        {
            convert();
        }
        catch (ConversionException)
        {
            // What is meant.
        }
    }

    private static List<string> Events(string stream)
    {
        var bytes = Bench.Bytes(stream);
        var events = new List<string>();
        var framer = new SseFramer();
        for (var at = 0; at < bytes.Length;)
        {
            var length = framer.FindEnd(bytes.AsSpan(at));
            length.ShouldBeGreaterThan(0);
            var sse = SseEvent.Parse(bytes.AsSpan(at, length));
            var data = Encoding.UTF8.GetString(sse.Data);
            if (data != "[DONE]") JsonDocument.Parse(data).Dispose();
            events.Add(data);
            at += length;
        }

        return events;
    }

    private static bool IsEnd(string client, string data)
    {
        if (data == "[DONE]") return true;
        using var document = JsonDocument.Parse(data);
        if (client == "chat") return document.RootElement.TryGetProperty("error", out _);
        return document.RootElement.GetProperty("type").GetString() is "message_stop" or "error" or "response.completed" or "response.incomplete" or "response.failed";
    }

    private static void InOrder(List<string> events)
    {
        var (next, open) = (0, false);
        foreach (var data in events)
        {
            using var document = JsonDocument.Parse(data);
            var type = document.RootElement.GetProperty("type").GetString();
            if (type is not ("content_block_start" or "content_block_delta" or "content_block_stop")) continue;
            open.ShouldBe(type != "content_block_start");
            document.RootElement.GetProperty("index").GetInt32().ShouldBe(next);
            open = type != "content_block_stop";
            if (!open) next++;
        }
    }

    private static string Text(ChatRequest request) => string.Join('\n', request.Model, Text(request.System), request.Stream, request.MaxTokens, request.Temperature, request.ToolChoice, request.ParallelTools,
        string.Join(';', request.Tools.Select(tool => $"{tool.Name} {tool.Description} {tool.Schema} {tool.Strict}")), string.Join('\n', request.Turns.Select(turn => $"{turn.Role}: {Text(turn.Blocks)}")));

    private static string Text(IEnumerable<ChatBlock> blocks) => string.Join(" | ", blocks.Select(block => block switch
    {
        ToolResultBlock result => $"result {result.ToolUseId} {result.IsError} {Text(result.Content)}",
        // Space between tokens means nothing.
        ToolUseBlock call => $"call {call.Id} {call.Name} {call.Input.Replace(" ", "", StringComparison.Ordinal)}",
        _ => block.ToString(),
    }));
}
