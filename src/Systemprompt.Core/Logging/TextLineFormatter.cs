using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Systemprompt.Profiles;

namespace Systemprompt.Logging;

/// <summary>One line for people: time, level, tenant, room, message. An exception's stack only at debug level or below.</summary>
internal sealed class TextLineFormatter(TimeProvider clock, Profile profile) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "systemprompt-text";

    private bool Verbose => profile.Section<LoggingSettings>().Level <= LogVerbosity.Debug;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(clock.GetUtcNow().ToString("HH:mm:ss.fff"));
        textWriter.Write(' ');
        textWriter.Write(JsonLineFormatter.LevelName(logEntry.LogLevel).PadRight(8));
        textWriter.Write('[');
        textWriter.Write(profile.Tenant);
        textWriter.Write("] ");
        textWriter.Write(logEntry.Category.AsSpan(logEntry.Category.LastIndexOf('.') + 1));
        textWriter.Write(": ");
        textWriter.Write(OneLine(LogRedactor.Message(logEntry.State, logEntry.Exception, logEntry.Formatter)));
        if (logEntry.Exception is { } exception)
            textWriter.Write(Verbose ? $"{Environment.NewLine}{LogRedactor.Text(exception.ToString())}" : $" ({exception.GetType().Name}: {OneLine(LogRedactor.Text(exception.Message))})");
        textWriter.WriteLine();
    }

    /// <summary>A message that spans lines would let its content forge other lines, and escapes would let it rule the terminal.</summary>
    private static string OneLine(string text)
    {
        text = text.ReplaceLineEndings(" | ");
        return text.Any(char.IsControl) ? string.Concat(text.Select(static sign => char.IsControl(sign) ? '\uFFFD' : sign)) : text;
    }
}
