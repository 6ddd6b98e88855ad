namespace Systemprompt.Ai;

/// <summary>The request headers that belong to one protocol and its clients.</summary>
/// <param name="Prefixes">Families of names.</param>
/// <param name="Names">Single names.</param>
internal sealed record PassedHeaders(IReadOnlyList<string> Prefixes, IReadOnlyList<string> Names)
{
    public static PassedHeaders Anthropic { get; } = new(["anthropic-", "x-stainless-", "x-claude-code-"], ["accept", "user-agent", "x-app"]);

    /// <summary>Not the client's organization and project: those go with the key, and the key is ours.</summary>
    public static PassedHeaders OpenAi { get; } = new(
        ["x-stainless-", "x-codex-"],
        ["accept", "user-agent", "openai-beta", "originator", "session_id", "session-id", "conversation_id", "thread-id", "idempotency-key", "x-client-request-id"]);

    public bool Has(string name)
    {
        for (var i = 0; i < Names.Count; i++)
            if (name.Equals(Names[i], StringComparison.OrdinalIgnoreCase)) return true;
        for (var i = 0; i < Prefixes.Count; i++)
            if (name.StartsWith(Prefixes[i], StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
