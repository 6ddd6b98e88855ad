namespace Systemprompt.Integration.Tests;

/// <summary>Which PostgreSQL the suite runs on: the directory in SYSTEMPROMPT_TEST_POSTGRES, else the newest below /usr/lib/postgresql.</summary>
internal static class PostgresBinaries
{
    public const string Variable = "SYSTEMPROMPT_TEST_POSTGRES";

    public static string Directory { get; } = Find();

    public static string Initdb => Path.Combine(Directory, "initdb");

    public static string Postgres => Path.Combine(Directory, "postgres");

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return new[] { named, Path.Combine(named, "bin") }.FirstOrDefault(Has)
                ?? throw new InvalidOperationException($"{Variable} is '{named}', and neither that nor its bin/ holds 'postgres' and 'initdb'.");
        const string Debian = "/usr/lib/postgresql";
        var found = System.IO.Directory.Exists(Debian)
            ? System.IO.Directory.GetDirectories(Debian)
                .OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
                .FirstOrDefault(Has)
            : null;
        return found ?? throw new InvalidOperationException($"No PostgreSQL found: install Debian's postgresql, or set {Variable} to a directory that holds 'postgres' and 'initdb'.");
    }

    private static bool Has(string path) => File.Exists(Path.Combine(path, "postgres")) && File.Exists(Path.Combine(path, "initdb"));
}
