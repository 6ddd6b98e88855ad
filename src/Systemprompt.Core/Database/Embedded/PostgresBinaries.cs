using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Database.Embedded;

/// <summary>A PostgreSQL that can be started.</summary>
/// <param name="Directory">The directory that holds <c>postgres</c> and <c>initdb</c>.</param>
/// <param name="Version">Such as 18.4.</param>
internal sealed record PostgresBinaries(string Directory, string Version)
{
    public int Major { get; } = int.Parse(Version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture);

    public string Postgres => Path.Combine(Directory, "postgres");

    public string Initdb => Path.Combine(Directory, "initdb");

    public static bool AreIn(string directory) => File.Exists(Path.Combine(directory, "postgres")) && File.Exists(Path.Combine(directory, "initdb"));

    /// <summary>Asks the binaries for their version.</summary>
    /// <exception cref="DatabaseRefusedException">They do not run here.</exception>
    public static async Task<PostgresBinaries> OfAsync(string directory, CancellationToken cancellationToken)
    {
        var said = await ServerAccount.RunAsync(new ProcessStartInfo(Path.Combine(directory, "postgres"), ["--version"]), $"run the PostgreSQL in {directory}", cancellationToken);
        // "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", "postgres (PostgreSQL) 19beta1"
        var version = string.Concat((said.Split(' ').ElementAtOrDefault(2) ?? "").Trim().TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).TrimEnd('.');
        return version.Length > 0
            ? new PostgresBinaries(directory, version)
            : throw new DatabaseRefusedException($"embedded PostgreSQL: {directory}/postgres does not say its version, but: {said.Trim()}");
    }

    /// <summary>The same binaries where the account can run them: root's own directories are closed to the user that PostgreSQL runs as.</summary>
    public async Task<PostgresBinaries> ForAsync(ServerAccount account, string sharedFolder, CancellationToken cancellationToken)
    {
        if (account.Runs(Postgres)) return this;
        var root = Path.GetDirectoryName(Directory)!;
        var copy = Path.Combine(sharedFolder, $"postgres-{Version}-{Fingerprint(root)}");
        var bin = Path.Combine(copy, Path.GetFileName(Directory));
        if (!AreIn(bin))
            await ServerAccount.RunAsync(
                new ProcessStartInfo("sh", ["-c", Copy, "copy", root, sharedFolder, copy]), $"copy {root} to {copy}, where user {account.User} can run it", cancellationToken);
        return this with { Directory = bin };
    }

    private string Fingerprint(string root) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{root}:{File.GetLastWriteTimeUtc(Postgres).Ticks}")))[..8];

    // Under another name first, so that what has the name is whole; of two copies at once the first stays.
    private const string Copy =
        """
        set -e
        umask 022
        mkdir -p "$2"
        chmod 711 "$2"
        cp -R "$1" "$3.$$"
        chmod -R a+rX,u+w "$3.$$"
        chmod a+x "$3.$$"/bin/*
        mv -T "$3.$$" "$3" 2>/dev/null || rm -rf "$3.$$"
        """;
}
