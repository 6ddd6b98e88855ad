using System.Diagnostics;

namespace Systemprompt.Published.Tests;

/// <summary>
/// A minimal Debian 12 (debootstrap's minbase with <c>libssl3 ca-certificates</c>), kept in the user's cache. A process started in it sees the
/// host's folder at /srv and PostgreSQL's socket at /mnt; the mounts live in a namespace of its own and go with it.
/// </summary>
internal static class BookwormRoot
{
    private const string Enter =
        """
        set -e
        mount --bind "$HOST_FOLDER" "$ROOT/srv"
        mount --bind "$SOCKET_FOLDER" "$ROOT/mnt"
        mount -t proc proc "$ROOT/proc"
        exec chroot "$ROOT" "$@"
        """;

    /// <summary>The root's folder, made on first use.</summary>
    public static async Task<string> GetAsync()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var root = Path.Combine(cache, "systemprompt-tests", "bookworm");
        if (Directory.Exists(root)) return root;
        var made = $"{root}.{Environment.ProcessId}";
        Directory.CreateDirectory(made);
        (await CommandRun.OfAsync(new ProcessStartInfo("debootstrap", ["--variant=minbase", "--include=libssl3,ca-certificates", "bookworm", made]))).Succeeded();
        Directory.Move(made, root);
        return root;
    }

    /// <summary>How the file of a folder is started in the root.</summary>
    public static HostOptions Options(string root, string folder, TestDatabase database) => new()
    {
        Folder = folder,
        File = "/srv/myco",
        Launcher = ["unshare", "--mount", "/bin/sh", "-c", Enter, "enter"],
        Variables = new Dictionary<string, string>
        {
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = "/srv",
            ["STORAGE_PATH"] = "/srv/data",
            ["DATABASE_URL"] = database.Url.Replace(Uri.EscapeDataString(database.Socket), "/mnt", StringComparison.Ordinal),
            ["ROOT"] = root,
            ["HOST_FOLDER"] = folder,
            ["SOCKET_FOLDER"] = database.Socket,
        },
    };
}
