namespace Systemprompt.Audit.Journal;

/// <summary>
/// Where journals are, <c>storage.path/audit</c>. A process has its own: files <c>INSTANCE-NUMBER.rows</c>, and <c>INSTANCE.lock</c>, which it holds as long as
/// it lives; the operating system lets go of it however the process ends. What stands beside a lock that nobody holds was left by a dead process.
/// </summary>
internal sealed class JournalFolder(string path, string tenant)
{
    public const string Rows = ".rows", Refused = ".refused";
    private const string LockExtension = ".lock";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path => path;

    /// <summary>Whose rows are in it.</summary>
    public string Tenant => tenant;

    /// <summary>Makes the folder, and takes a process's place in it.</summary>
    /// <exception cref="IOException">It cannot be written to.</exception>
    public FileStream Enter(Guid instance)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, Private | UnixFileMode.UserExecute);
            return Open(LockOf(instance), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public string FileOf(Guid instance, int number) => System.IO.Path.Combine(path, $"{instance:N}-{number:D6}{Rows}");

    /// <summary>A process's files, oldest first.</summary>
    public IReadOnlyList<string> FilesOf(Guid instance) => [.. Files().Where(file => file.Instance == instance && file.Path.EndsWith(Rows, StringComparison.Ordinal)).Select(file => file.Path)];

    /// <summary>The processes that have something here, were it only their place.</summary>
    public IReadOnlyList<Guid> Instances() =>
        !Directory.Exists(path) ? [] :
        [
            .. Directory.EnumerateFiles(path).Where(file => file.EndsWith(Rows, StringComparison.Ordinal) || file.EndsWith(LockExtension, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(file => Guid.TryParseExact(System.IO.Path.GetFileNameWithoutExtension(file).Split('-')[0], "N", out var instance) ? instance : Guid.Empty).Distinct(),
        ];

    /// <summary>Every file, whoever wrote it.</summary>
    public IReadOnlyList<(Guid Instance, string Path)> Files() =>
        !Directory.Exists(path) ? [] :
        [
            .. Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
                .Where(file => file.EndsWith(Rows, StringComparison.Ordinal) || file.EndsWith(Refused, StringComparison.Ordinal))
                .Select(file => (Guid.TryParseExact(System.IO.Path.GetFileName(file).Split('-')[0], "N", out var instance) ? instance : Guid.Empty, file)),
        ];

    /// <summary>Takes the place of a process that is gone; null while it lives, or when another has taken it.</summary>
    public FileStream? TryTakeOver(Guid instance)
    {
        try
        {
            return Open(LockOf(instance), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a process lives that has a place.</summary>
    public bool IsHeld(Guid instance)
    {
        if (!File.Exists(LockOf(instance))) return false;
        using var place = TryTakeOver(instance);
        return place is null;
    }

    /// <summary>Leaves a place: nothing of it is left.</summary>
    public void Leave(Guid instance, FileStream place)
    {
        // Deleted first: whoever finds the file afterwards makes one of his own.
        File.Delete(LockOf(instance));
        place.Dispose();
    }

    /// <summary>A file that only its owner reads.</summary>
    public static FileStream Open(string file, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open) options.UnixCreateMode = Private;
        return new FileStream(file, options);
    }

    private string LockOf(Guid instance) => System.IO.Path.Combine(path, $"{instance:N}{LockExtension}");
}
