using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Logging;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Logging;

/// <summary>What a client says may stand in a log line; it stays inside that line.</summary>
public sealed class LogLineTests
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    public static TheoryData<string> Hostile =>
        ["plain", "two\nlines", "two\r\nlines", "\r", "\u2028\u2029\u0085\f\v", "\0", "\u001b[2J\u001b[31m", "\b\b\b", "quote \" and \\", "lone \ud800", "\ud83c\udf4d", "{\"level\":\"critical\"}", "</script>"];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_json_line_is_one_line_and_one_object_with_the_text_in_it(string text)
    {
        var line = Json(text, null);

        line.TrimEnd('\n').ShouldNotContain('\n');
        line.ShouldNotContain('\r');
        line.ShouldNotContain('\u001b');
        var json = JsonElement.Parse(line);
        json.GetProperty("message").GetString().ShouldBe($"said {text.Replace('\ud800', '\ufffd')} 3 times".Replace("\ufffd\udf4d", "\ud83c\udf4d", StringComparison.Ordinal));
        json.GetProperty("level").GetString().ShouldBe("warning");
        json.GetProperty("event").GetInt32().ShouldBe(42);
        json.GetProperty("tenant").GetString().ShouldBe("acme");
        json.GetProperty("time").GetString().ShouldBe("2026-01-02T03:04:05.678Z");
        json.GetProperty("category").GetString().ShouldBe("Systemprompt.Ai.MessagesHandler");
        json.GetProperty("fields").GetProperty("Times").GetInt64().ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_text_line_is_one_line_without_control_characters(string text)
    {
        var line = Text(LogVerbosity.Info, text, new InvalidOperationException(text));

        line.ShouldStartWith("03:04:05.678 warning [acme] MessagesHandler: said ");
        line.Count(char.IsControl).ShouldBe(Environment.NewLine.Length);
        line.ShouldEndWith(Environment.NewLine);
    }

    [Fact]
    public void An_exception_is_a_message_for_operators_and_a_stack_for_developers()
    {
        Text(LogVerbosity.Info, "x", Thrown()).ShouldEndWith($" (InvalidOperationException: broken | pipe){Environment.NewLine}");
        Text(LogVerbosity.Debug, "x", Thrown()).ShouldContain($"   at {typeof(LogLineTests).FullName}.{nameof(Thrown)}(");
        JsonElement.Parse(Json("x", Thrown())).GetProperty("error").GetString()!.ShouldContain(nameof(Thrown));
    }

    private static string Json(string text, Exception? exception) => Write(new JsonLineFormatter(Clock, Profile(LogVerbosity.Info)), text, exception);

    private static string Text(LogVerbosity level, string text, Exception? exception) => Write(new TextLineFormatter(Clock, Profile(level)), text, exception);

    private static string Write(ConsoleFormatter formatter, string text, Exception? exception)
    {
        using var writer = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("Text", text), new("Times", 3), new("Odd", double.NaN), new("None", null), new("{OriginalFormat}", "said {Text} {Times} times")];
        formatter.Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Warning, "Systemprompt.Ai.MessagesHandler", new EventId(42), state, exception, (fields, _) => $"said {fields[0].Value} {fields[1].Value} times"),
            null,
            writer);
        return writer.ToString();
    }

    private static Profile Profile(LogVerbosity level) => new(ProfileLoader.Parse(
        "test", "test/profile.yaml", $"tenant: acme\nlogging: {{ level: {level.ToString().ToLowerInvariant()} }}\n", new LoggingExtension().Settings, _ => null));

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("broken\npipe");
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }
}
