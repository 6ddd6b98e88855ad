using System.ComponentModel;
using System.Diagnostics;

namespace Systemprompt.Database.Embedded;

/// <summary>Whom PostgreSQL runs as. It refuses to be root; root therefore runs it as <c>nobody</c>.</summary>
/// <param name="User">The other user, or null for the one we are.</param>
internal sealed record ServerAccount(string? User)
{
    private const UnixFileMode Open = UnixFileMode.OtherExecute;

    public static ServerAccount Current { get; } = new(Environment.IsPrivilegedProcess ? "nobody" : null);

    /// <summary>Whether that user gets to an existing file or directory: every directory on the way lets others pass.</summary>
    public bool Reaches(string path)
    {
        if (User is null || OperatingSystem.IsWindows()) return true;
        for (var at = Path.GetDirectoryName(path); at is not null; at = Path.GetDirectoryName(at))
            if ((File.GetUnixFileMode(at) & Open) == 0) return false;
        return true;
    }

    /// <summary>Whether that user can run a program.</summary>
    public bool Runs(string program) =>
        Reaches(program) && (User is null || OperatingSystem.IsWindows() || (File.GetUnixFileMode(program) & Open) != 0);

    /// <summary>Gives a directory to that user.</summary>
    public async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (User is not null) await RunAsync(new ProcessStartInfo("chown", [User, path]), $"give {path} to user {User}", cancellationToken);
    }

    /// <summary>A program run as that user, knowing nothing of our environment, which holds secrets and may hold PGPORT and the like.</summary>
    public ProcessStartInfo Prepare(string program, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        info.Environment.Clear();
        info.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
        info.Environment["LC_ALL"] = "C";
        if (User is not null && OperatingSystem.IsLinux()) info.UserName = User;
        return info;
    }

    /// <summary>Runs a program to its end and returns what it said.</summary>
    /// <exception cref="DatabaseRefusedException">It failed; the message repeats what it said.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo info, string purpose, CancellationToken cancellationToken)
    {
        (info.RedirectStandardOutput, info.RedirectStandardError) = (true, true);
        using var process = Start(info, purpose);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode == 0) return await output;
        throw new DatabaseRefusedException($"embedded PostgreSQL: cannot {purpose}: {(await error).Trim()}");
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="DatabaseRefusedException">It cannot be started.</exception>
    public static Process Start(ProcessStartInfo info, string purpose)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new DatabaseRefusedException($"embedded PostgreSQL: cannot {purpose}: {exception.Message}. Set DATABASE_URL to use a PostgreSQL that runs already", exception);
        }
    }
}
