using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Systemprompt.Http;

namespace Systemprompt.Logging;

/// <summary>Puts log lines into the queue and hands them to sinks: without secrets, with the request or job they belong to. Never waits, never throws, never logs.</summary>
internal sealed class DatabaseLoggerProvider(LogQueue queue, LoggingSettings settings, TimeProvider clock, IEnumerable<ILogSink>? sinks = null) : ILoggerProvider
{
    private readonly ILogSink[] _sinks = [.. sinks ?? []];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, queue, settings, clock, _sinks);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, LogQueue queue, LoggingSettings settings, TimeProvider clock, ILogSink[] sinks) : ILogger
    {
        private const int LongestText = 8000;
        private readonly LogLevel _least = settings.Store.Enabled ? LoggingExtension.Level(settings.Store.Level) : LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && (logLevel >= _least || IsWanted(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var kept = logLevel >= _least;
            // In a storm a line that has no place is not worth putting together.
            if (kept && queue.IsFull)
            {
                queue.Drop();
                kept = false;
            }

            if (!kept && !HasRoom(logLevel)) return;
            try
            {
                var line = Entry(logLevel, eventId, state, exception, formatter);
                if (kept) queue.Add(line);
                foreach (var sink in sinks)
                    if (logLevel >= sink.Least) sink.Take(line);
            }
            catch (Exception)
            {
                // A value that cannot be written as text must not break whoever logs it; there is nobody to tell.
                if (kept) queue.Drop();
            }
        }

        private bool IsWanted(LogLevel level)
        {
            foreach (var sink in sinks)
                if (level >= sink.Least) return true;
            return false;
        }

        /// <summary>Whether a sink wants the line and has room; where none has, it is counted as dropped by those that want it.</summary>
        private bool HasRoom(LogLevel level)
        {
            foreach (var sink in sinks)
                if (level >= sink.Least && !sink.IsFull) return true;
            foreach (var sink in sinks)
                if (level >= sink.Least) sink.Drop();
            return false;
        }

        private LogEntry Entry<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var request = CurrentRequest.Context;
            var principal = request?.Principal();
            var taken = Activity.Current is { Recorded: true } span ? span : null;
            return new LogEntry
            {
                At = clock.GetUtcNow(),
                Level = level,
                Event = id.Id,
                Category = category,
                Message = Short(LogRedactor.Message(state, exception, formatter)),
                Fields = Fields(state as IReadOnlyList<KeyValuePair<string, object?>>),
                Error = exception is null ? null : Short(LogRedactor.Text(exception.ToString())),
                Trace = request?.TraceIdentifier ?? taken?.TraceId.ToHexString(),
                Span = taken?.SpanId.ToHexString(),
                Login = principal is { IsAuthenticated: true } ? principal.Subject : null,
                Session = principal?.SessionId,
                Seq = queue.NextSeq(),
            };
        }

        private static string? Fields(IReadOnlyList<KeyValuePair<string, object?>>? fields)
        {
            if (fields is null || fields.Count < 2) return null;
            var buffer = new ArrayBufferWriter<byte>(256);
            using (var json = new Utf8JsonWriter(buffer)) LogFields.Write(json, fields);
            return buffer.WrittenCount > LongestText ? null : Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText];
    }
}
