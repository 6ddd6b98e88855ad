namespace Systemprompt.TrialKit;

/// <summary>The clone that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string InRoot(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>A file that <c>eng/install-test-tools.sh</c> installed from npm, below <c>node_modules</c>.</summary>
    public static string NodeModule(string path)
    {
        var file = InRoot(".tools", "clients", "node_modules", path);
        return File.Exists(file) ? file : throw new InvalidOperationException($"{file} is missing: run eng/install-test-tools.sh, or ./test.sh");
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository");
        return folder.FullName;
    }
}
