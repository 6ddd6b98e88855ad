using System.Security.Cryptography;

namespace Systemprompt.Security;

/// <summary>A random secret that is made on first use and kept in a file which only its owner reads: for development and trials.</summary>
internal static class KeptSecret
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the kept secret, or makes it. Of several that come at once, in this process or others, one makes it and all read the same.</summary>
    public static string ReadOrMake(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file))
        {
            // Moving without overwriting looks first and then moves, which two can do at once.
            using var alone = Lock(file + ".lock");
            if (!File.Exists(file)) Make(file);
        }

        return File.ReadAllText(file).Trim();
    }

    private static void Make(string file)
    {
        var fresh = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(fresh, options)) writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)));
        File.Move(fresh, file);
    }

    private static FileStream Lock(string file)
    {
        FileStream? alone = null;
        return SpinWait.SpinUntil(() => (alone = TryLock(file)) is not null, Patience)
            ? alone!
            : throw new IOException($"{file} has been in use by another process for {Patience.TotalSeconds:0} s; end that process, or remove the file if there is none");
    }

    private static FileStream? TryLock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
