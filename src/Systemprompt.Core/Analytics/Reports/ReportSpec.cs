namespace Systemprompt.Analytics;

/// <summary>A report over one source.</summary>
/// <param name="Name">Its command and its route.</param>
/// <param name="Title">Above its table.</param>
/// <param name="Description">One sentence for the help.</param>
/// <param name="Source">Where its figures come from.</param>
/// <param name="By">What rows stand for, unless somebody asks otherwise.</param>
/// <param name="Measures">Its figures; the first orders the rows and is drawn as trend.</param>
internal sealed record ReportSpec(string Name, string Title, string Description, string Source, string By, IReadOnlyList<string> Measures)
{
    /// <summary>It is about people, so it leaves bots out unless somebody asks for them.</summary>
    public bool LeavesBotsOut { get; init; }

    /// <summary>Conditions that make it this report.</summary>
    public IReadOnlyList<(string Dimension, string? Value)> Where { get; init; } = [];

    public static IReadOnlyList<ReportSpec> All { get; } =
    [
        new("requests", "Requests", "HTTP requests by route, with errors and times; model calls and hooks are in 'costs' and 'tools'.", "analytics.requests", "route",
            ["requests", "errors", "refused", "duration_us", "bytes"]),
        new("costs", "Costs of model calls", "What models were called, by whom, and what it costs.", "ai.calls", "model",
            ["cost_microdollars", "calls", "failed", "input_tokens", "output_tokens", "cache_read_tokens", "cost_unknown", "duration_us"]),
        new("tools", "Tool calls", "Tools that AI clients were about to run, and what the policies said.", "governance.decisions", "tool", ["tool_calls", "denied", "limited"])
        {
            Where = [("event", "PreToolUse")],
        },
        new("sessions", "Sessions", "Sessions of visitors, users and AI clients.", "analytics.sessions", "kind", ["sessions", "requests", "views", "model_calls", "tool_calls", "errors", "duration_us"]) { LeavesBotsOut = true },
        new("content", "Page views", "What is read on the site, and where its readers come from.", "analytics.pages", "path", ["views", "duration_us", "bytes"]) { LeavesBotsOut = true },
        new("traffic", "Visits", "Visits to the site: sessions of people who looked at pages.", "analytics.sessions", "day", ["sessions", "views", "duration_us"]) { LeavesBotsOut = true, Where = [("kind", "visitor")] },
    ];

    public static ReportSpec? Find(string name) => All.FirstOrDefault(spec => spec.Name == name);
}
