using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Whatever a provider sends, reading it neither throws nor counts below zero.</summary>
public sealed class AnswerReaderProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(3000);

    private static Arbitrary<string> Json => Gen.ArrayOf(Gen.Elements(
        "{", "}", "[", "]", ",", "\"usage\":", "\"message\":", "\"delta\":", "\"error\":", "\"type\":", "\"stop_reason\":", "\"input_tokens\":", "\"output_tokens\":",
        "\"cache_creation\":", "\"ephemeral_1h_input_tokens\":", "\"speed\":", "\"iterations\":[", "\"compaction\"", "\"\\ud800sage\":", "\"\\udc00\"", "\"fast\"", "1", "-7", "1.5", "9223372036854775807", "1e999", "null", "true", "{}"))
        .Select(string.Concat).ToArbitrary();

    [Fact]
    public void No_answer_makes_it_throw() =>
        Prop.ForAll(Json, text =>
        {
            var reader = new AnswerReader();
            reader.Read(Encoding.UTF8.GetBytes(text));
            reader.Read(Encoding.UTF8.GetBytes("{\"usage\":{" + text));
            return reader.Usage is { Input: >= 0, Output: >= 0, CacheRead: >= 0, CacheWrite5m: >= 0, CacheWrite1h: >= 0 };
        }).Check(Runs);

    [Fact]
    public void No_event_makes_it_throw() =>
        Prop.ForAll(Json, text =>
        {
            var reader = new MessageStreamReader();
            foreach (var line in new[] { "event: message_start\ndata: ", "event: message_delta\ndata: ", "event: error\ndata: ", "data: ", "" })
                reader.Read(Encoding.UTF8.GetBytes(line + text + "\n\n"));
            return reader.Usage is { Input: >= 0, Output: >= 0 };
        }).Check(Runs);

    [Fact]
    public void No_bytes_make_it_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            new AnswerReader().Read(bytes);
            new MessageStreamReader().Read(bytes);
            return true;
        }).Check(Runs);
}
