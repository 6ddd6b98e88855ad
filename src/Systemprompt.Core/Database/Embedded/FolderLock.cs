namespace Systemprompt.Database.Embedded;

/// <summary>
/// Held by the one process that runs PostgreSQL in a folder, for as long as it does. The kernel lets go of it when the process ends,
/// however it ends.
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
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is LinuxWouldBlock or MacWouldBlock)
        {
            return null;
        }

        // In a file of its own: one that is locked cannot be read.
        File.WriteAllText(HolderOf(folder), $"{use} {Environment.ProcessId}");
        return new FolderLock(file);
    }

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

    private static string HolderOf(string folder) => Path.Combine(folder, "holder");

    internal sealed record LockHolder(EmbeddedUse Use, int ProcessId);
}
