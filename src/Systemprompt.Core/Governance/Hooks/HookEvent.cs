namespace Systemprompt.Governance.Hooks;

/// <summary>What an event lets its answer do.</summary>
internal enum HookKind
{
    /// <summary>A tool is about to run: the answer can deny it.</summary>
    Tool,

    /// <summary>A prompt is about to be sent: the answer can block it.</summary>
    Prompt,

    /// <summary>The client asks for permission: the answer can deny it.</summary>
    Permission,

    /// <summary>Something has happened already, or ends: nothing can be refused, it is only recorded.</summary>
    Report,

    /// <summary>Cannot be told.</summary>
    Unknown,
}

/// <summary>What is read of a hook event of Claude Code (its documentation, "Hooks reference"). Every field is the client's claim.</summary>
internal readonly record struct HookEvent
{
    private static readonly HashSet<string> Reports = new(StringComparer.Ordinal)
    {
        "PostToolUse", "PostToolUseFailure", "PostToolBatch", "Notification", "Stop", "StopFailure", "SubagentStart", "SubagentStop", "SessionStart",
        "SessionEnd", "PreCompact", "PostCompact", "Setup", "TeammateIdle", "TaskCreated", "TaskCompleted", "PermissionDenied",
        "InstructionsLoaded", "ConfigChange", "CwdChanged", "FileChanged", "WorktreeCreate", "WorktreeRemove",
    };

    public string? Name { get; init; }

    public string? SessionId { get; init; }

    public string? Tool { get; init; }

    /// <summary>The call of the tool, by which the gateway knows it too.</summary>
    public string? ToolUseId { get; init; }

    public bool HasPrompt { get; init; }

    /// <summary>Came in at the door that only records: nothing can be refused, whatever it is.</summary>
    public bool IsTracked { get; init; }

    /// <summary>By the event's name; by what it holds when the name is missing or new.</summary>
    public HookKind Kind => Name switch
    {
        _ when IsTracked => HookKind.Report,
        "PreToolUse" => HookKind.Tool,
        "UserPromptSubmit" => HookKind.Prompt,
        "PermissionRequest" => HookKind.Permission,
        { } name when Reports.Contains(name) => HookKind.Report,
        _ when Tool is not null => HookKind.Tool,
        _ when HasPrompt => HookKind.Prompt,
        _ => HookKind.Unknown,
    };
}
