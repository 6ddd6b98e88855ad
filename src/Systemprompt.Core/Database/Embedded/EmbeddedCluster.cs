namespace Systemprompt.Database.Embedded;

/// <summary>The data directory.</summary>
internal static class EmbeddedCluster
{
    private const int LogLines = 5;

    /// <summary>Makes it if it is not there, and sees that the binaries can read it.</summary>
    /// <exception cref="DatabaseRefusedException">They cannot, or it cannot be made.</exception>
    public static async Task EnsureAsync(ServerFolder folder, PostgresBinaries binaries, ServerAccount account, CancellationToken cancellationToken)
    {
        if (folder.Major is { } major)
        {
            if (major != binaries.Major)
                throw new DatabaseRefusedException(
                    $"embedded PostgreSQL: {folder.Data} was made by PostgreSQL {major}, and the binaries found in {binaries.Directory} are {binaries.Version}. "
                    + $"Name a PostgreSQL {major} with {BinarySearch.Variable}; or, if its contents may go, delete {folder.Data} and start again");
            return;
        }

        // Under another name first: what has the name is whole.
        var fresh = folder.Data + ".new";
        if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        await ServerAccount.RunAsync(account.Prepare(binaries.Initdb, ["-D", fresh, "-E", "UTF8", "--auth=trust", "-U", "postgres", .. Ways(binaries.Major)]), $"make {folder.Data}", cancellationToken);
        Directory.Move(fresh, folder.Data);
    }

    /// <summary>The last lines of a log.</summary>
    public static string EndOf(string log) => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(LogLines)) : "";

    // Text sorts and folds alike on every machine. One syncfs is ten times faster than a thousand fsyncs.
    private static string[] Ways(int major) =>
        major >= 17 ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--sync-method=syncfs"] : ["--locale=C.UTF-8"];
}
