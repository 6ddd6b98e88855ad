namespace Systemprompt.Governance;

/// <summary>What the blocklist refuses in a tool's input unless the profile says otherwise: commands nobody wants an agent to run.</summary>
internal static class BlockedInputs
{
    public static IReadOnlyList<string> Default { get; } =
    [
        // rm -rf on a root, a home, or everything.
        @"\brm\s+(-{1,2}[a-zA-Z-]+\s+)*-{0,2}[a-zA-Z]*[rR][a-zA-Z-]*\s+(-{1,2}[a-zA-Z-]+\s+)*[""']?(/|~|\$HOME|\$\{HOME\}|\*|\.)[""']?/?\*?(\s|[;&|)""']|$)",
        @"\bmkfs(\.[a-z0-9]+)?\s+(-\S+\s+)*/dev/",
        @"\bdd\s[^;|&]*\bof=/dev/(sd|nvme|vd|hd|mmcblk|disk)",
        @">\s*/dev/(sd|nvme|vd|hd|mmcblk)[a-z0-9]*",
        // A fork bomb.
        @":\s*\(\s*\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;\s*:",
        // Running what was just downloaded.
        @"\b(curl|wget)\b[^;&|]*\|\s*(sudo\s+)?(ba|z|da|k|fi)?sh\b",
        @"\bchmod\s+(-[a-zA-Z]+\s+)*-?R?\s*0?777\s+/(\s|$)",
        @"\b(drop|truncate)\s+(database|schema)\b",
    ];
}
