namespace Systemprompt.Governance;

/// <summary>What the blocklist refuses in a tool's input by pattern unless the profile says otherwise. A shell's commands are no matter of patterns: Shell/ reads them.</summary>
internal static class BlockedInputs
{
    public static IReadOnlyList<string> Default { get; } =
    [
        @"\b(drop|truncate)\s+(database|schema)\b",
    ];
}
