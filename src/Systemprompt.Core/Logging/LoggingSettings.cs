using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Systemprompt.Logging;

/// <summary>How a log line is written.</summary>
public enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object a line, for shippers.</summary>
    Json,
}

/// <summary>The least severe line that is written.</summary>
public enum LogVerbosity
{
    /// <summary>Everything.</summary>
    Trace,

    /// <summary>What a developer wants.</summary>
    Debug,

    /// <summary>What an operator wants.</summary>
    Info,

    /// <summary>What an operator should look at.</summary>
    Warning,

    /// <summary>What an operator must look at.</summary>
    Error,
}

/// <summary>The profile section <c>logging</c>.</summary>
public sealed record LoggingSettings
{
    /// <summary>The least severe line that is written.</summary>
    [Description("The least severe line that is written.")]
    public LogVerbosity Level { get; init; } = LogVerbosity.Info;

    /// <summary>Text or JSON.</summary>
    [Description("text for people, json for log shippers: one object a line.")]
    public LogFormat Format { get; init; } = LogFormat.Text;

    /// <summary>The framework's own lines.</summary>
    [Description("The least severe line of the web framework itself that is written.")]
    public LogVerbosity FrameworkLevel { get; init; } = LogVerbosity.Warning;

    /// <summary>Lines kept in the database.</summary>
    [Description("Lines kept in the database, for `infra logs`.")]
    public LogStoreSettings Store { get; init; } = new();
}

/// <summary>The profile section <c>logging.store</c>.</summary>
public sealed record LogStoreSettings
{
    /// <summary>Whether lines are kept in the database.</summary>
    [Description("Whether lines are kept in the database.")]
    public bool Enabled { get; init; } = true;

    /// <summary>The least severe line that is kept.</summary>
    [Description("The least severe line that is kept.")]
    public LogVerbosity Level { get; init; } = LogVerbosity.Info;

    /// <summary>How long lines below warning are kept.</summary>
    [Description("How long lines below warning are kept.")]
    public TimeSpan KeepDetails { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long warnings and errors are kept.</summary>
    [Description("How long warnings and errors are kept.")]
    public TimeSpan KeepAlerts { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How many lines may wait to be written.</summary>
    [Range(100, 10_000_000)]
    [Description("How many lines may wait to be written. Beyond it they are dropped and counted, so that logging holds up nobody.")]
    public int Queue { get; init; } = 65_536;
}
