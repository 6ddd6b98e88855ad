namespace Systemprompt.Database.Embedded;

/// <summary>
/// Held by the one process that runs PostgreSQL in a folder, for as long as it does, and by each that uses it. The kernel lets go of it when
/// the process ends, however it ends.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes it, or returns null when somebody else has it.</summary>
    public static FolderLock? TryTake(string folder, EmbeddedUse use)
    {
        if (TryOpen(folder, "lock", FileShare.None) is not { } taken) return null;
        // In a file of its own: one that is locked cannot be read.
        File.WriteAllText(HolderOf(folder), $"{use} {Environment.ProcessId}");
        return taken;
    }

    /// <summary>Says that a server which somebody else runs is being used; null when it is being stopped.</summary>
    public static FolderLock? TryJoin(string folder) => TryOpen(folder, "users", FileShare.Read);

    /// <summary>Sees that nobody has joined, and that nobody can any more; null when somebody has.</summary>
    public static FolderLock? TryClose(string folder) => TryOpen(folder, "users", FileShare.None);

    /// <summary>Who has it, as far as that can be told: it may change hands meanwhile.</summary>
    public static LockHolder? Holder(string folder)
    {
        try
        {
            return File.ReadAllText(HolderOf(folder)).Split(' ') is [var use, var pid] && Enum.TryParse<EmbeddedUse>(use, out var what) && int.TryParse(pid, out var number)
                ? new LockHolder(what, number)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FolderLock? TryOpen(string folder, string name, FileShare share)
    {
        try
        {
            return new FolderLock(new FileStream(Path.Combine(folder, name), FileMode.OpenOrCreate, share == FileShare.None ? FileAccess.ReadWrite : FileAccess.Read, share));
        }
        catch (IOException exception) when (exception.HResult is LinuxWouldBlock or MacWouldBlock)
        {
            return null;
        }
    }

    private static string HolderOf(string folder) => Path.Combine(folder, "holder");

    internal sealed record LockHolder(EmbeddedUse Use, int ProcessId);
}
