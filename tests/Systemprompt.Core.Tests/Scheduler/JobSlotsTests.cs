using Systemprompt.Scheduler;

namespace Systemprompt.Core.Tests.Scheduler;

public sealed class JobSlotsTests
{
    [Fact]
    public void As_many_as_there_are_can_be_taken_and_a_freed_one_again()
    {
        var slots = new JobSlots(2);

        (slots.TryTake(), slots.TryTake(), slots.TryTake(), slots.Taken).ShouldBe((true, true, false, 2));

        slots.Free();
        (slots.TryTake(), slots.TryTake(), slots.Taken).ShouldBe((true, false, 2));
    }

    // A refused caller relies on the holder: a queued job for which both were refused had no slot until the next look at the queue.
    [Fact]
    public async Task A_refusal_never_comes_from_somebody_else_who_was_refused()
    {
        const int rounds = 200_000;
        var slots = new JobSlots(1);
        var work = 0;
        slots.TryTake().ShouldBeTrue();
        using var together = new Barrier(2);
        var lost = 0;

        void Drain()
        {
            while (Volatile.Read(ref work) == 1 && slots.TryTake())
            {
                Interlocked.Exchange(ref work, 0);
                slots.Free();
            }
        }

        var holder = Task.Factory.StartNew(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                together.SignalAndWait();
                slots.Free();
                Drain();
                together.SignalAndWait();
                if (Volatile.Read(ref work) == 1) lost++;
                Volatile.Write(ref work, 0);
                if (!slots.TryTake()) lost++;
            }
        }, TaskCreationOptions.LongRunning);
        var queuer = Task.Factory.StartNew(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                together.SignalAndWait();
                Volatile.Write(ref work, 1);
                Drain();
                together.SignalAndWait();
            }
        }, TaskCreationOptions.LongRunning);
        await Task.WhenAll(holder, queuer);

        lost.ShouldBe(0);
    }
}
