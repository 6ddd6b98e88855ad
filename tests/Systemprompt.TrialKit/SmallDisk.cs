using Systemprompt.Integration.Tests;

namespace Systemprompt.TrialKit;

/// <summary>A small file system in memory that PostgreSQL may put a database on, to be filled by a test. Only root can make one.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _mount;

    private SmallDisk(string mount) => _mount = mount;

    /// <summary>As SQL may name it.</summary>
    public string Name => Path.GetFileName(_mount).Replace('-', '_').ToLowerInvariant();

    /// <summary>Belongs to the account that runs PostgreSQL.</summary>
    public string Folder => Path.Combine(_mount, "data");

    private string Filler => Path.Combine(_mount, "filler");

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk(Directory.CreateTempSubdirectory("sp-disk-").FullName);
        await Commands.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=755", "tmpfs", disk._mount);
        Directory.CreateDirectory(disk.Folder);
        await Commands.RunAsync("chown", await Commands.SucceedsAsync("id", "postgres") ? "postgres" : "nobody", disk.Folder);
        return disk;
    }

    /// <summary>Takes every byte that is left.</summary>
    public void Fill()
    {
        using var filler = File.Create(Filler, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true) filler.Write(block);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await Commands.RunAsync("umount", "--lazy", _mount);
        Directory.Delete(_mount);
    }
}
