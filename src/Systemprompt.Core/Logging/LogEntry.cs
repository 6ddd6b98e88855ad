using Microsoft.Extensions.Logging;

namespace Systemprompt.Logging;

/// <summary>A log line on its way into the database: without secrets, and no longer than it may be.</summary>
internal sealed class LogEntry
{
    public required DateTimeOffset At { get; init; }

    public required LogLevel Level { get; init; }

    public required int Event { get; init; }

    public required string Category { get; init; }

    public required string Message { get; init; }

    /// <summary>JSON.</summary>
    public string? Fields { get; init; }

    public string? Error { get; init; }

    public string? Trace { get; init; }

    /// <summary>16 hex digits: where in the trace it was said, while the trace is taken.</summary>
    public string? Span { get; init; }

    public string? Login { get; init; }

    public string? Session { get; init; }

    public required long Seq { get; init; }
}
