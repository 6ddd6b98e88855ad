using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Logging;

/// <summary>A line as JSON shows it.</summary>
internal sealed record LogView(
    DateTime At, string Level, int Event, string Room, string Category, string Message, JsonElement? Fields, string? Error, string? Trace, string? User, string? Session, string Instance)
{
    public static readonly string[] Levels = ["trace", "debug", "info", "warning", "error", "critical"];

    public static LogView Of(LogRow row) => new(
        row.At, JsonLineFormatter.LevelName((LogLevel)row.Level), row.Event, row.Room, row.Category, row.Message, row.Fields is { } fields ? JsonElement.Parse(fields) : null, row.Error,
        row.Trace, row.Login, row.Session, row.Instance);

    /// <summary>The number of a level's name, or null.</summary>
    public static short? LevelOf(string name) => Array.IndexOf(Levels, name) is >= 0 and var level ? (short)level : null;
}
