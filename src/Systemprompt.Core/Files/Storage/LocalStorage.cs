using System.Buffers;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>
/// Contents in a directory: <c>tenant/ab/cd/id</c>. A path is made of the profile's tenant and an id, never of a text that came from outside, so there
/// is nothing to escape from. Written beside as <c>id.part</c>, brought to the disk, renamed.
/// </summary>
internal sealed class LocalStorage : IFileStorage
{
    private const int BufferLength = 128 * 1024;
    private const long LookEvery = 32 * 1024 * 1024;
    private const int DiskFull = 28, QuotaFull = 122, DiskFullOnWindows = unchecked((int)0x80070070);
    private readonly string _root;
    private readonly long _minFree;

    public LocalStorage(FilesSettings settings, Profile profile)
    {
        _root = settings.Path is { Length: > 0 } path ? Path.GetFullPath(path) : profile.Section<StorageSettings>().Resolve("files");
        _minFree = settings.MinFree.Bytes;
    }

    public async Task WriteAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken)
    {
        try
        {
            await WriteCoreAsync(blob, content, length, cancellationToken);
        }
        catch (IOException fault) when (fault.HResult is DiskFull or QuotaFull or DiskFullOnWindows)
        {
            throw Full(fault);
        }
    }

    public Task<Stream> OpenAsync(FileBlob blob, long offset, CancellationToken cancellationToken)
    {
        try
        {
            // No buffer of its own: whoever reads has one.
            var stream = new FileStream(PathOf(blob), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous });
            stream.Position = offset;
            return Task.FromResult<Stream>(stream);
        }
        catch (DirectoryNotFoundException fault)
        {
            throw new FileNotFoundException(fault.Message, fault);
        }
    }

    public Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken)
    {
        var path = PathOf(blob);
        if (Directory.Exists(Path.GetDirectoryName(path)))
        {
            File.Delete(Part(path));
            File.Delete(path);
        }

        return Task.CompletedTask;
    }

    public Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken) =>
        Task.FromResult(new FileInfo(PathOf(blob)) is { Exists: true } file ? file.Length : (long?)null);

    public Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            CreateFolder(_root);
            var probe = Path.Combine(_root, $"probe-{Guid.NewGuid():N}");
            using (File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose)) { }
            return Task.FromResult(Free() < _minFree ? "less of the disk is free than files.min_free asks for; uploads are refused" : null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<string?>("the directory cannot be written to; files.path or storage.path names it");
        }
    }

    /// <summary>The two folders come from the id's random end, so that each holds few.</summary>
    internal string PathOf(FileBlob blob)
    {
        var id = blob.Id.ToString("N");
        return Path.Combine(_root, blob.Tenant, id[28..30], id[30..32], id);
    }

    private async Task WriteCoreAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken)
    {
        var path = PathOf(blob);
        CreateFolder(Path.GetDirectoryName(path)!);
        RequireRoom(length ?? 0);
        using var stream = Create(Part(path));
        var file = stream.SafeFileHandle;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            for (var (at, look) = (0L, LookEvery); ; )
            {
                var read = 0;
                while (read < BufferLength && await content.ReadAsync(buffer.AsMemory(read), cancellationToken) is > 0 and var more) read += more;
                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, read), at, cancellationToken);
                at += read;
                if (read < BufferLength) break;
                if (at < look) continue;
                look = at + LookEvery;
                RequireRoom(0);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        RandomAccess.FlushToDisk(file);
        File.Move(Part(path), path);
        // Once more for the new name: file systems with a journal write the rename with the file that it is of.
        RandomAccess.FlushToDisk(file);
    }

    private void RequireRoom(long length)
    {
        if (Free() - length < _minFree) throw Full(null);
    }

    private long Free() => new DriveInfo(_root).AvailableFreeSpace;

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    // What lies above is the operator's, and others may have to get through.
    private void CreateFolder(string path)
    {
        if (Path.GetDirectoryName(_root) is { } above) Directory.CreateDirectory(above);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Part(string path) => path + ".part";

    private static FileStorageFullException Full(Exception? inner) => new("the disk that files are kept on is full; try again when an operator has made room", inner);
}
