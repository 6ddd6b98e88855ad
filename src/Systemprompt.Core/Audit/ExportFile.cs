using Systemprompt.Cli;

namespace Systemprompt.Audit;

/// <summary>A file that a command writes: only its owner reads it, and it has its name when it is whole. What was there before goes then.</summary>
internal sealed class ExportFile : IAsyncDisposable
{
    private readonly string _path, _half;

    private ExportFile(string path, string half, FileStream stream) => (_path, _half, Stream) = (path, half, stream);

    public FileStream Stream { get; }

    /// <exception cref="CliException">It cannot be written there.</exception>
    public static ExportFile Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new CliException($"--to {path} is a directory; name a file in it");
        var half = $"{full}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 64 * 1024, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new ExportFile(full, half, new FileStream(half, options));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--to {path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Gives it its name.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await Stream.FlushAsync(cancellationToken);
        Stream.Flush(flushToDisk: true);
        await Stream.DisposeAsync();
        File.Move(_half, _path, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        File.Delete(_half);
    }
}
