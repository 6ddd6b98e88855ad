using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>The PostgreSQL under test: SYSTEMPROMPT_TEST_POSTGRES, else what <c>eng/fetch-postgres.sh</c> brought, else Debian's newest.</summary>
internal static class TestBinaries
{
    public const string Debian = "/usr/lib/postgresql";

    public static string Directory { get; } = Find();

    public static BinarySearch Search { get; } = new(Directory, [], null, "/nonexistent");

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("SYSTEMPROMPT_TEST_POSTGRES") is { Length: > 0 } named) return named;
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Systemprompt.slnx"))) at = at.Parent;
        return Newest(Path.Combine(at?.FullName ?? "/", "artifacts/postgres")) ?? Newest(Debian)
            ?? throw new InvalidOperationException("No PostgreSQL to test with: call eng/fetch-postgres.sh, or install Debian's postgresql.");
    }

    private static string? Newest(string root) =>
        System.IO.Directory.Exists(root)
            ? System.IO.Directory.GetDirectories(root).Select(version => Path.Combine(version, "bin")).Where(PostgresBinaries.AreIn).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
}
