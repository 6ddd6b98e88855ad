namespace Systemprompt.Cli;

/// <summary>A failure whose message is meant for the person at the terminal: what went wrong, where, and the remedy. No stack is shown.</summary>
public sealed class CliException(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>1 failed, 2 wrong call.</summary>
    public int ExitCode { get; } = exitCode;
}
