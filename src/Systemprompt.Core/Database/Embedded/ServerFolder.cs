namespace Systemprompt.Database.Embedded;

/// <summary>The directory of an embedded server, its path without links.</summary>
internal sealed record ServerFolder(string Root)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passage = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Data => Path.Combine(Root, "data");

    public string Log => Path.Combine(Root, "log");

    /// <summary>The major version that made the data; null without any.</summary>
    public int? Major => File.Exists(Path.Combine(Data, "PG_VERSION")) && int.TryParse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim(), out var major) ? major : null;

    /// <summary>Finds or makes the directory. Root's own directories are closed to the user that PostgreSQL runs as: there it becomes a link to one that is not.</summary>
    /// <exception cref="DatabaseRefusedException">It cannot be made or used.</exception>
    public static async Task<ServerFolder> PrepareAsync(EmbeddedOptions options, ServerAccount account, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(options.Folder);
        try
        {
            if (OperatingSystem.IsWindows()) throw new DatabaseRefusedException("embedded PostgreSQL: not on this system; set DATABASE_URL to use a PostgreSQL that runs already");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            path = Path.Combine(Real(Path.GetDirectoryName(path)!), Path.GetFileName(path));
            if (!Directory.Exists(path))
            {
                var target = account.Reaches(path) ? path : Path.Combine(MakePassage(options.SharedFolder), $"data-{Guid.NewGuid():n}");
                Directory.CreateDirectory(target, Private);
                await account.GiveAsync(target, cancellationToken);
                if (target != path) Directory.CreateSymbolicLink(path, target);
            }

            path = Real(path);
            if (!account.Reaches(path))
                throw new DatabaseRefusedException(
                    $"embedded PostgreSQL: root runs it as user {account.User}, who cannot reach {path}. Choose another storage.path, such as one below /var/lib, or set DATABASE_URL to use a PostgreSQL that runs already");
            return new ServerFolder(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseRefusedException(
                $"embedded PostgreSQL: {path} cannot be used: {exception.Message.TrimEnd('.')}. Choose a storage.path that this user may write to, or set DATABASE_URL to use a PostgreSQL that runs already", exception);
        }
    }

    /// <summary>A path with every link in it followed, as the kernel shows it.</summary>
    private static string Real(string path)
    {
        var real = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            if (new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target) real = Real(target.FullName);
        }

        return real;
    }

    private static string MakePassage(string folder)
    {
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(folder, Passage);
        return folder;
    }
}
