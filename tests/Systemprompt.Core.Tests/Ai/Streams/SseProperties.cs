using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>A stream means the same however its bytes arrive.</summary>
public sealed class SseProperties
{
    private const string Message = "event: message_start\ndata: {\"a\":\"世界 🎉\"}\n\n: ping\n\ndata: x\ndata:  y\nevent: delta\nid: 7\n\nevent\ndata\n\nevent: message_stop\ndata: {}\n\n";

    public static TheoryData<string> Ends => new() { "\n", "\r\n", "\r" };

    [Theory]
    [MemberData(nameof(Ends))]
    public void The_same_events_are_found_wherever_the_bytes_are_split(string end)
    {
        foreach (var mark in new[] { "", "\uFEFF" })
        {
            var bytes = Encoding.UTF8.GetBytes(mark + Message.Replace("\n", end, StringComparison.Ordinal));
            for (var at = 0; at <= bytes.Length; at++)
                Events(bytes[..at], bytes[at..]).ShouldBe(
                [
                    ("message_start", "{\"a\":\"世界 🎉\"}"), ("delta", "x\n y"), ("message_stop", "{}"),
                ], $"split at {at}");
            Events([.. bytes.Select(single => new[] { single })]).Count.ShouldBe(3);
        }
    }

    [Fact]
    public void Any_bytes_come_out_as_they_went_in()
    {
        var pieces = Gen.ArrayOf(Gen.ArrayOf(Gen.Elements("\n"u8[0], (byte)'\r', (byte)':', (byte)'d', (byte)0xEF, (byte)0))).ToArbitrary();
        Prop.ForAll(pieces, chunks =>
        {
            using var buffer = new StreamBuffer();
            var taken = new List<byte>();
            foreach (var chunk in chunks)
            {
                Fill(buffer, chunk);
                while (buffer.NextEvent(0) is { IsEmpty: false } next) taken.AddRange(buffer.Take(next.Length).ToArray());
            }

            taken.AddRange(buffer.Take(buffer.Length).ToArray());
            return taken.SequenceEqual(chunks.SelectMany(chunk => chunk));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void An_event_larger_than_the_buffer_is_found_whole()
    {
        var bytes = Encoding.UTF8.GetBytes($"data: {new string('x', 300_000)}\n\n");

        Events([.. bytes.Chunk(1000)]).ShouldHaveSingleItem().Data.Length.ShouldBe(300_000);
    }

    private static List<(string Name, string Data)> Events(params byte[][] chunks)
    {
        using var buffer = new StreamBuffer();
        var events = new List<(string, string)>();
        foreach (var chunk in chunks)
        {
            Fill(buffer, chunk);
            var whole = 0;
            while (buffer.NextEvent(whole) is { IsEmpty: false } next)
            {
                var sse = SseEvent.Parse(next);
                if (!sse.Data.IsEmpty) events.Add((Encoding.UTF8.GetString(sse.Name), Encoding.UTF8.GetString(sse.Data)));
                whole += next.Length;
            }

            buffer.Take(whole);
        }

        return events;
    }

    private static void Fill(StreamBuffer buffer, byte[] chunk)
    {
        for (var at = 0; at < chunk.Length;)
        {
            var space = buffer.GetSpace();
            var count = Math.Min(space.Length, chunk.Length - at);
            chunk.AsSpan(at, count).CopyTo(space.Span);
            buffer.Advance(count);
            at += count;
        }
    }
}
