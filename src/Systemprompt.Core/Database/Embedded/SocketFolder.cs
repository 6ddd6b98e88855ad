using System.Text;

namespace Systemprompt.Database.Embedded;

/// <summary>The directory of the socket: in the server's folder, or where that is too long for a socket's address, in the temp directory.</summary>
/// <param name="Path">The directory.</param>
/// <param name="IsTemporary">Whether it goes when the server does.</param>
internal sealed record SocketFolder(string Path, bool IsTemporary)
{
    /// <summary>A socket's address has 107 bytes, of which PostgreSQL needs some for the name.</summary>
    public const int MaxBytes = 93;

    public static SocketFolder For(string folder, string tempFolder, ServerAccount account)
    {
        var own = System.IO.Path.Combine(folder, "run");
        if (Fits(own)) return new SocketFolder(own, IsTemporary: false);
        var name = $"sp-{System.IO.Path.GetRandomFileName()}";
        var temp = System.IO.Path.Combine(System.IO.Path.GetFullPath(tempFolder), name);
        return new SocketFolder(Fits(temp) && account.Reaches(temp) ? temp : System.IO.Path.Combine("/tmp", name), IsTemporary: true);
    }

    /// <summary>Makes it, closed to everybody else.</summary>
    public async Task CreateAsync(ServerAccount account, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await account.GiveAsync(Path, cancellationToken);
    }

    // PostgreSQL takes a list of directories, the driver a list of hosts: both are cut at commas.
    private static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= MaxBytes && path.IndexOfAny([',', '"']) < 0;
}
