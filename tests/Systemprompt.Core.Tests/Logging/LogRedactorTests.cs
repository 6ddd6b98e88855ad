using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Logging;

namespace Systemprompt.Core.Tests.Logging;

public sealed class LogRedactorTests
{
    [Theory]
    [InlineData("Password", true)]
    [InlineData("ApiKey", true)]
    [InlineData("api_key", true)]
    [InlineData("JwtSecret", true)]
    [InlineData("AccessToken", true)]
    [InlineData("Authorization", true)]
    [InlineData("SetCookie", true)]
    [InlineData("ConnectionString", true)]
    [InlineData("InputTokens", false)]
    [InlineData("TokenId", false)]
    [InlineData("Key", false)]
    [InlineData("User", false)]
    public void A_field_is_secret_by_its_name(string name, bool secret) => LogRedactor.IsSecret(name).ShouldBe(secret);

    [Theory]
    [InlineData("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.abcdefghijklmnop is bad", "token [redacted] is bad")]
    [InlineData("key sp_abcdefghij_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq", "key [redacted]")]
    [InlineData("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer [redacted]")]
    [InlineData("postgres://app:hunter2hunter2@db.example.com/x", "postgres://app:[redacted]@db.example.com/x")]
    [InlineData("https://example.com/path?x=1", "https://example.com/path?x=1")]
    [InlineData("nothing to hide", "nothing to hide")]
    public void A_credential_is_hidden_wherever_it_stands(string text, string shown) => LogRedactor.Text(text).ShouldBe(shown);

    [Fact]
    public void A_queued_line_holds_no_secret_in_message_fields_or_error()
    {
        var queue = new LogQueue(10);
        using var provider = new DatabaseLoggerProvider(queue, new LoggingSettings(), new FakeTimeProvider());
        var logger = provider.CreateLogger("Systemprompt.Ai.Test");
        KeyValuePair<string, object?>[] state = [new("User", "alice"), new("Password", "hunter2hunter2"), new("{OriginalFormat}", "{User} logs in with {Password}")];

        logger.Log(LogLevel.Warning, new EventId(7), state, new InvalidOperationException("Bearer abcdefghijklmnop"), (_, _) => "alice logs in with hunter2hunter2");

        queue.Lines.TryRead(out var line).ShouldBeTrue();
        line!.Message.ShouldBe("alice logs in with [redacted]");
        JsonElement.Parse(line.Fields!).GetProperty("Password").GetString().ShouldBe("[redacted]");
        line.Error.ShouldNotBeNull().ShouldNotContain("abcdefghijklmnop");
        string.Concat(line.Message, line.Fields, line.Error).ShouldNotContain("hunter2");
    }

    [Fact]
    public void What_does_not_fit_is_dropped_and_counted_and_a_value_that_throws_breaks_nobody()
    {
        var queue = new LogQueue(2);
        using var provider = new DatabaseLoggerProvider(queue, new LoggingSettings(), new FakeTimeProvider());
        var logger = provider.CreateLogger("x");

        for (var line = 0; line < 5; line++) logger.Log(LogLevel.Information, default, "text", null, (text, _) => text);
        queue.Lines.TryRead(out _);
        logger.Log(LogLevel.Information, default, "text", null, (_, _) => throw new InvalidOperationException("in ToString"));
        logger.Log(LogLevel.Debug, default, "text", null, (text, _) => text);

        (queue.Accepted, queue.DroppedEver, queue.TakeDropped(), queue.TakeDropped()).ShouldBe((2, 4, 4, 0));
    }
}
