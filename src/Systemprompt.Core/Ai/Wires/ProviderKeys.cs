using System.Text;

namespace Systemprompt.Ai;

/// <summary>A provider's error can repeat what it complains about. Our key leaves in none.</summary>
internal static class ProviderKeys
{
    public static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> body, string key) =>
        key.Length == 0 || body.Span.IndexOf(Encoding.UTF8.GetBytes(key)) < 0
            ? body
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span).Replace(key, "[redacted]", StringComparison.Ordinal));

    public static string Without(string text, string key) => key.Length == 0 ? text : text.Replace(key, "[redacted]", StringComparison.Ordinal);
}
