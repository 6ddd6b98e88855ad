using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Governance.Shell;

/// <summary>
/// Finds the command lines in a tool's input, and judges them. Tools name theirs as they like, so every text counts as one but for those under names that
/// hold prose or a file's text everywhere; of these, a script that says so in its first line counts too.
/// </summary>
internal static class ShellInputs
{
    private const int MostWords = 4096;

    private static readonly HashSet<string> Texts = new(StringComparer.OrdinalIgnoreCase)
    {
        "content", "contents", "text", "new_string", "old_string", "new_str", "old_str", "file_text", "insert_text", "new_source", "description", "prompt", "message", "body", "title", "subject",
        "query", "pattern", "url", "path", "file_path", "filename", "activeform", "plan", "diff", "patch", "reason", "summary", "comment",
        "question", "header", "label", "options", "answer", "answers", "note", "notes", "instructions", "explanation", "todo", "todos", "task", "log", "output",
    };

    /// <summary>What a command in the input would do that no agent may, or null.</summary>
    /// <param name="input">The tool's input, as JSON.</param>
    /// <param name="tool">The tool's name. One that names a shell of Windows takes that shell's commands as well.</param>
    public static string? Fault(ReadOnlySpan<byte> input, string tool)
    {
        var isPowerShell = tool.Contains("powershell", StringComparison.OrdinalIgnoreCase) || tool.Contains("pwsh", StringComparison.OrdinalIgnoreCase);
        var isCmd = tool.Contains("cmd", StringComparison.OrdinalIgnoreCase);
        var reader = new Utf8JsonReader(input, new JsonReaderOptions { MaxDepth = 256 });
        var outer = new Stack<(string? Name, List<string>? Words)>();
        string? name = null;
        List<string>? words = null;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = DecodedJson.Text(ref reader);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    outer.Push((name, words));
                    words = reader.TokenType == JsonTokenType.StartArray ? [] : null;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var ended = words;
                    (name, words) = outer.Pop();
                    if (ended is { Count: > 0 } && !IsText(name) && (ShellJudge.Fault(ended) ?? (isPowerShell ? PowerShellJudge.Fault(ended) : null) ?? (isCmd ? CmdJudge.Damage(ended) : null)) is { } list) return list;
                    break;
                case JsonTokenType.String:
                    var text = DecodedJson.Text(ref reader);
                    // Commands may be a line each, besides being the words of one.
                    if (words is not null && IsLines(name) && Judge(text) is { } line) return line;
                    // The words of one command; or lines, when the first is more than a name.
                    if (words is not null && words.Count < MostWords && (words.Count > 0 || !text.Contains(' ', StringComparison.Ordinal))) words.Add(text);
                    else if ((!IsText(name) || text.StartsWith("#!", StringComparison.Ordinal)) && (Judge(text) ?? (isPowerShell ? PowerShellJudge.Fault(text, 0) : null) ?? (isCmd ? CmdJudge.Fault(text, 0) : null)) is { } fault) return fault;
                    break;
                default:
                    break;
            }
        }

        return null;
    }

    private static string? Judge(string text)
    {
        var start = text.AsSpan().TrimStart();
        // An edit in codex' form, which is a file's text.
        if (start.StartsWith("*** Begin Patch", StringComparison.Ordinal)) return null;
        // JSON that is broken: whatever the tool makes of it, each of its texts may be the command.
        return ShellJudge.Fault(text) ?? (start.Length > 0 && start[0] is '{' or '[' ? ShellJudge.Fault(Lines(text)) : null);
    }

    private static string Lines(string json)
    {
        var lines = json.ToCharArray();
        foreach (ref var character in lines.AsSpan())
            if (character is '{' or '}' or '[' or ']' or '"' or ':' or ',') character = '\n';
        return new string(lines);
    }

    private static bool IsLines(string? name) => string.Equals(name, "commands", StringComparison.OrdinalIgnoreCase);

    private static bool IsText(string? name) => name is not null && Texts.Contains(name);
}
