namespace Systemprompt.Cli;

/// <summary>Reads what a command is given in a file.</summary>
internal static class CliInput
{
    /// <summary>The text of a file; <c>-</c> is standard input.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (path == "-") return await Console.In.ReadToEndAsync(cancellationToken);
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read: {exception.Message}");
        }
    }
}
