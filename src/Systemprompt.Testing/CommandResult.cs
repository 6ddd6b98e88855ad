using System.Text.Json;

namespace Systemprompt.Testing;

/// <summary>What a command did.</summary>
/// <param name="ExitCode">0 done, 1 failed, 2 wrong call.</param>
/// <param name="Output">What it wrote to stdout.</param>
/// <param name="Error">What it wrote to stderr.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The one document that a command prints under <c>--json</c>.</summary>
    /// <exception cref="InvalidOperationException">It printed none; the message shows what it did instead.</exception>
    public JsonElement Json()
    {
        try
        {
            return JsonElement.Parse(Output);
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"the command printed no JSON document; exit code {ExitCode}, stdout: {Output.Trim()}, stderr: {Error.Trim()}", exception);
        }
    }
}
