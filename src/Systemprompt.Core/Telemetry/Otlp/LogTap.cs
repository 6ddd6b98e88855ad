using Microsoft.Extensions.Logging;
using Systemprompt.Logging;

namespace Systemprompt.Telemetry;

/// <summary>Takes log lines, as the logging room has put them together without secrets. From the first line on, so that start-up is seen too.</summary>
internal sealed class LogTap(ExportSignals signals, TimeProvider clock) : ILogSink
{
    private volatile int _least = (int)LogLevel.Trace;

    public ExportQueue<LogEntry> Lines { get; } = new(signals.Logs, clock);

    public LogLevel Least => (LogLevel)_least;

    public bool IsFull => Lines.IsFull;

    public void Drop() => Lines.Drop();

    public void Take(LogEntry line) => Lines.Offer(line);

    /// <summary>Nobody wants them.</summary>
    public void Close()
    {
        _least = (int)LogLevel.None;
        while (Lines.TakeNow().Count > 0)
        {
            // What has waited since the start goes.
        }
    }
}
