namespace Systemprompt.Governance.Policies;

/// <summary>
/// A tool of an MCP server has two spellings: <c>mcp__server__tool</c>, and <c>mcp__plugin_PLUGIN_server__tool</c> when a plugin of Claude Code brought
/// the server. A pattern written for the first holds for the second.
/// </summary>
internal static class ToolNames
{
    private const string Mcp = "mcp__";
    private const string Plugin = "mcp__plugin_";

    public static bool MatchesAny(IReadOnlyList<string> patterns, ReadOnlySpan<char> tool)
    {
        if (Glob.MatchesAny(patterns, tool)) return true;
        if (patterns.Count == 0 || !tool.StartsWith(Plugin, StringComparison.OrdinalIgnoreCase)) return false;
        // Where the plugin's name ends and the server's begins is not written: both may hold underscores. Every reading counts.
        var rest = tool[Plugin.Length..];
        for (var at = rest.IndexOf('_'); at >= 0; at = rest.IndexOf('_'))
        {
            rest = rest[(at + 1)..];
            if (Glob.MatchesAny(patterns, string.Concat(Mcp, rest))) return true;
        }

        return false;
    }
}
