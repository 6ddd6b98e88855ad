using Systemprompt.Governance.Secrets;

namespace Systemprompt.Governance;

/// <summary>
/// What a client wrote, as it may stand in a row, a log line or an answer. A credential can stand in a model's name or a tool's as well as in a
/// prompt, and recording it would spread it. Independent of the policy <c>secret_scan</c>, which a profile may leave out.
/// </summary>
internal static class RecordedText
{
    private const string Redacted = "[redacted]";

    /// <summary>The text, or a mark in its place when it holds a credential; null and empty stay what they are.</summary>
    public static string? Of(string? text) => string.IsNullOrEmpty(text) || SecretScanner.All.Find(text) is null ? text : Redacted;
}
