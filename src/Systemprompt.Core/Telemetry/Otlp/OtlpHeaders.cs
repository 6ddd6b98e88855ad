namespace Systemprompt.Telemetry;

/// <summary>Headers as the OpenTelemetry specification writes them in one text: <c>name=value,name=value</c>, percent-encoded.</summary>
internal static class OtlpHeaders
{
    private static readonly string[] Ours = ["content-type", "content-length", "content-encoding", "host", "connection", "transfer-encoding"];

    /// <returns>What is wrong, without repeating a value; null when all is well.</returns>
    public static string? Parse(string? text, out IReadOnlyList<(string Name, string Value)> headers)
    {
        var found = new List<(string, string)>();
        headers = found;
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) return "must be NAME=VALUE, separated by commas";
            var (name, value) = (part[..at].Trim(), Uri.UnescapeDataString(part[(at + 1)..].Trim()));
            if (!name.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_' or '.')) return "a name in it is no header's name";
            if (Ours.Contains(name, StringComparer.OrdinalIgnoreCase)) return $"must not set {name}";
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return $"the value of {name} holds a character that no header has";
            found.Add((name, value));
        }

        return null;
    }
}
