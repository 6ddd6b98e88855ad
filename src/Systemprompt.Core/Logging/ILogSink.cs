using Microsoft.Extensions.Logging;

namespace Systemprompt.Logging;

/// <summary>Told every line that <c>logging.level</c> lets through, without its secrets: another room's seam to send lines somewhere else.</summary>
internal interface ILogSink
{
    /// <summary>The least severe line it wants now.</summary>
    LogLevel Least { get; }

    /// <summary>Whether a line would be dropped: asked before one is put together.</summary>
    bool IsFull { get; }

    /// <summary>Counts a line that was not put together, since nobody had room for it.</summary>
    void Drop();

    /// <summary>Never waits, never throws, never logs.</summary>
    void Take(LogEntry line);
}
