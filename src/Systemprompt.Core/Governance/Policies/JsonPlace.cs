using System.Text;
using System.Text.Json;

namespace Systemprompt.Governance.Policies;

/// <summary>Names a place in a JSON text for a person: <c>messages[2].content[0].text</c>. Only walked for a refusal.</summary>
internal static class JsonPlace
{
    public static string Of(ReadOnlySpan<byte> json, long position)
    {
        var path = new List<(string? Name, int Index)>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    // The name itself may be what was found, and then it is not repeated.
                    path[^1] = (reader.TokenStartIndex == position ? "?" : Name(ref reader), 0);
                    if (reader.TokenStartIndex == position) return Write(path);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    path.RemoveAt(path.Count - 1);
                    break;
                case JsonTokenType.StartObject:
                    path.Add(("", 0));
                    continue;
                case JsonTokenType.StartArray:
                    path.Add((null, 0));
                    continue;
                default:
                    if (reader.TokenStartIndex == position) return Write(path);
                    break;
            }

            if (path.Count > 0 && path[^1].Name is null) path[^1] = (null, path[^1].Index + 1);
        }

        return "the request";
    }

    /// <summary>A property name is the client's text: only plain, short ones are repeated.</summary>
    private static string Name(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        foreach (var character in raw)
            if (!char.IsAsciiLetterOrDigit((char)character) && character is not ((byte)'_' or (byte)'-')) return "?";
        return raw.Length is > 0 and <= 40 ? Encoding.ASCII.GetString(raw) : "?";
    }

    private static string Write(List<(string? Name, int Index)> path)
    {
        var text = new StringBuilder();
        foreach (var (name, index) in path)
            if (name is null) text.Append('[').Append(index).Append(']');
            else if (name.Length > 0) text.Append(text.Length > 0 ? "." : "").Append(name);
        return text.Length == 0 ? "the request" : text.ToString();
    }
}
