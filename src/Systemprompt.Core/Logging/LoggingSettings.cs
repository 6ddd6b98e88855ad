using System.ComponentModel;

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
}
