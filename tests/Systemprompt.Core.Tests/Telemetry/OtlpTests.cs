using Microsoft.Extensions.Time.Testing;
using Systemprompt.Telemetry;

namespace Systemprompt.Core.Tests.Telemetry;

public sealed class OtlpTests
{
    [Theory]
    [InlineData("authorization=Bearer%20abc, x-team = blue", null)]
    [InlineData("", null)]
    [InlineData("authorization", "must be NAME=VALUE, separated by commas")]
    [InlineData("content-type=text/plain", "must not set content-type")]
    [InlineData("a b=c", "a name in it is no header's name")]
    [InlineData("x=%0Ay", "the value of x holds a character that no header has")]
    public void Headers_are_read_and_a_fault_repeats_no_value(string text, string? fault)
    {
        OtlpHeaders.Parse(text, out var headers).ShouldBe(fault);
        if (text.StartsWith("authorization=", StringComparison.Ordinal)) headers.ShouldBe([("authorization", "Bearer abc"), ("x-team", "blue")]);
    }

    [Fact]
    public void What_a_collector_did_not_take_is_counted()
    {
        OtlpPartial.Rejected([]).ShouldBe(0);
        OtlpPartial.Rejected([0x0A, 0x05, 0x08, 0x07, 0x12, 0x01, 0x78]).ShouldBe(7);
        OtlpPartial.Rejected([0x0A, 0xFF]).ShouldBe(0);
        OtlpPartial.Rejected("<html>"u8).ShouldBe(0);
    }

    [Fact]
    public void A_full_queue_drops_and_counts_and_nobody_waits()
    {
        var signal = new ExportSignal("logs");
        var queue = new ExportQueue<int>(signal, new FakeTimeProvider());

        for (var item = 0; item < ExportQueue<int>.Capacity + 5; item++) queue.Offer(item);

        (signal.Dropped, signal.Waiting(), queue.IsFull).ShouldBe((5, ExportQueue<int>.Capacity, true));
        queue.TakeNow().Count.ShouldBe(512);
    }

    [Fact]
    public void A_collector_that_says_at_once_is_not_asked_without_end()
    {
        var own = TimeSpan.FromSeconds(1);

        OtlpExport.Wait(TimeSpan.Zero, own).ShouldBe(own);
        OtlpExport.Wait(null, own).ShouldBe(own);
        OtlpExport.Wait(TimeSpan.FromSeconds(5), own).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_is_in_flight_is_taken_again_until_it_is_done_and_counts_in_what_is_given_up()
    {
        var queue = new ExportQueue<int>(new ExportSignal("logs"), new FakeTimeProvider());
        for (var item = 0; item < 1500; item++) queue.Offer(item);
        var held = new InFlight<int>(queue);

        var first = await held.TakeAsync(CancellationToken.None);
        held.Next().ShouldBeSameAs(first);
        held.Done();
        held.Next()[0].ShouldBe(512);

        held.Clear().ShouldBe(1500 - 512);
        held.Next().ShouldBeEmpty();
    }

    [Fact]
    public void A_length_that_needs_all_its_bytes_is_written_right()
    {
        var writer = new ProtoWriter();
        var outer = writer.Begin(1);
        writer.AlwaysText(2, new string('x', 300));
        writer.End(outer);

        // Tag, a length of 303 in four bytes, then tag, length and text.
        writer.Written.Span[..8].ToArray().ShouldBe([0x0A, 0xAF, 0x82, 0x80, 0x00, 0x12, 0xAC, 0x02]);
        writer.Written.Length.ShouldBe(5 + 303);
    }
}
