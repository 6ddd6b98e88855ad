using Microsoft.Extensions.Logging;
using Systemprompt.Logging;

namespace Systemprompt.Core.Tests.Logging;

public sealed class SinkTests
{
    [Fact]
    public void A_line_that_nobody_has_room_for_is_not_put_together_but_counted()
    {
        var (full, queue) = (new Sink { IsFull = true }, new LogQueue(1));
        using var provider = new DatabaseLoggerProvider(queue, new LoggingSettings(), TimeProvider.System, [full]);
        var written = 0;
        for (var line = 0; line < 3; line++)
            provider.CreateLogger("test").Log(LogLevel.Error, default, 0, null, (_, _) => $"line {++written}");

        (written, full.Dropped, full.Taken, queue.DroppedEver).ShouldBe((1, 2, 1, 2));
    }

    private sealed class Sink : ILogSink
    {
        public LogLevel Least => LogLevel.Trace;

        public bool IsFull { get; init; }

        public int Dropped { get; private set; }

        public int Taken { get; private set; }

        public void Drop() => Dropped++;

        public void Take(LogEntry line) => Taken++;
    }
}
