using Microsoft.Extensions.Logging;

namespace Systemprompt.Logging;

/// <summary>Told every line that <c>logging.level</c> lets through, without its secrets: another room's seam to send lines somewhere else.</summary>
internal interface ILogSink
{
    /// <summary>The least severe line it wants now.</summary>
    LogLevel Least { get; }

    /// <summary>Never waits, never throws, never logs.</summary>
    void Take(LogEntry line);
}
