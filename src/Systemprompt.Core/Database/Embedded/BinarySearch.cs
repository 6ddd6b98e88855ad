namespace Systemprompt.Database.Embedded;

/// <summary>Where the binaries are looked for, in this order; <c>SYSTEMPROMPT_POSTGRES</c>, when set, is the only place.</summary>
/// <param name="Named">The variable's value.</param>
/// <param name="Beside">Directories whose <c>postgres/</c> may hold some: the executable's.</param>
/// <param name="Cache">A directory with one subdirectory a version: the user's cache, which the package's build fills.</param>
/// <param name="System">The same, where the system's packages put them.</param>
internal sealed record BinarySearch(string? Named, IReadOnlyList<string> Beside, string? Cache, string System)
{
    public const string Variable = "SYSTEMPROMPT_POSTGRES";

    /// <summary>As this process's environment says.</summary>
    public static BinarySearch Of(Func<string, string?> variables)
    {
        var home = variables("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : variables("HOME") is { Length: > 0 } user ? Path.Combine(user, ".cache") : null;
        return new BinarySearch(
            variables(Variable),
            [.. new[] { Path.GetDirectoryName(Environment.ProcessPath), AppContext.BaseDirectory }.OfType<string>().Select(Path.TrimEndingDirectorySeparator).Distinct()],
            home is null ? null : Path.Combine(home, "systemprompt", "postgres"),
            "/usr/lib/postgresql");
    }

    /// <summary>Finds binaries: the first, or for existing data the first that can read it.</summary>
    /// <param name="major">The major version that made the data; null without any.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="DatabaseRefusedException">There are none; the message says what to do.</exception>
    public async Task<PostgresBinaries> FindAsync(int? major, CancellationToken cancellationToken)
    {
        PostgresBinaries? first = null;
        foreach (var directory in Candidates())
        {
            var found = await PostgresBinaries.OfAsync(directory, cancellationToken);
            if (major is null || found.Major == major) return found;
            first ??= found;
        }

        return first ?? throw new DatabaseRefusedException(Named is { Length: > 0 }
            ? $"embedded PostgreSQL: {Variable} is '{Named}', but neither that nor its bin/ holds 'postgres' and 'initdb'; name a directory that does, or unset it"
            : $"embedded PostgreSQL: no binaries were found, neither in postgres/ beside this file nor in {Cache ?? "the user's cache"} nor in {System}. Install PostgreSQL (apt-get install postgresql), "
              + $"or name a directory that holds its bin/ with {Variable}, or set DATABASE_URL to use a PostgreSQL that runs already");
    }

    private IEnumerable<string> Candidates()
    {
        if (Named is { Length: > 0 }) return Below([Path.GetFullPath(Named)]);
        return Below([.. Beside.Select(directory => Path.Combine(directory, "postgres")), .. ByVersion(Cache), .. ByVersion(System)]);
    }

    private static IEnumerable<string> Below(IEnumerable<string> roots) =>
        roots.SelectMany(root => new[] { root, Path.Combine(root, "bin") }).Where(PostgresBinaries.AreIn);

    // Newest first: 18.4 before 18.3 before 15.
    private static IEnumerable<string> ByVersion(string? root) =>
        root is null || !Directory.Exists(root) ? [] : Directory.GetDirectories(root)
            .Select(path => (Path: path, Version: Version.TryParse(Dotted(Path.GetFileName(path)), out var version) ? version : null))
            .Where(found => found.Version is not null).OrderByDescending(found => found.Version).Select(found => found.Path);

    private static string Dotted(string name) => name.Contains('.') ? name : name + ".0";
}
