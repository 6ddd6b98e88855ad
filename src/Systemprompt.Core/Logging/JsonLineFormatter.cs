using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Logging;

/// <summary>One JSON object a line: <c>time, level, event, category, tenant, message</c>, the line's own fields, and an error.</summary>
internal sealed class JsonLineFormatter(TimeProvider clock, Profile profile) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "systemprompt-json";

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow().UtcDateTime);
            json.WriteString("level", LevelName(logEntry.LogLevel));
            if (logEntry.EventId.Id != 0) json.WriteNumber("event", logEntry.EventId.Id);
            json.WriteString("category", logEntry.Category);
            json.WriteString("tenant", profile.Tenant);
            json.WriteString("message", LogRedactor.Message(logEntry.State, logEntry.Exception, logEntry.Formatter));
            if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 1 } fields)
            {
                json.WritePropertyName("fields");
                LogFields.Write(json, fields);
            }

            if (CurrentRequest.Context is { } request) json.WriteString("trace", request.TraceIdentifier);
            if (logEntry.Exception is { } exception) json.WriteString("error", LogRedactor.Text(exception.ToString()));
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    internal static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
