using Microsoft.AspNetCore.Http;

namespace Systemprompt.Http;

/// <summary>A route's own refusals, for clients that read problem details: with a code, as <see cref="ErrorWriter"/> gives those of the pipeline.</summary>
internal static class Problems
{
    /// <param name="status">The status.</param>
    /// <param name="code">Stable short code.</param>
    /// <param name="message">One sentence for the person at the client.</param>
    public static IResult Of(int status, string code, string message) =>
        Results.Problem(message, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });
}
