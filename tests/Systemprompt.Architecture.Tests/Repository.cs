using System.Xml.Linq;
using Mono.Cecil;

namespace Systemprompt.Architecture.Tests;

/// <summary>A text file of the repository, its path relative to the root and with forward slashes.</summary>
public sealed record SourceFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The folder inside <c>src/Systemprompt.Core</c>, such as <c>Audit</c>; null elsewhere.</summary>
    public string? Room => Path.Split('/') is ["src", "Systemprompt.Core", var room, _, ..] ? room : null;
}

/// <summary>The repository as it stands on disk, and the assemblies that were built from it for this run.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["/bin/", "/obj/", "/artifacts/", "/node_modules/", "/publish/"];

    public static string Root { get; } = FindRoot();

    /// <summary>The folders of Core that carry the rooms and know none of them.</summary>
    public static IReadOnlyCollection<string> Kernel { get; } = ["Extensions", "Profiles", "Hosting", "Cli", "Http", "Security", "Database"];

    /// <summary>The folders of Core that are not kernel: each an extension.</summary>
    public static IReadOnlyList<string> Rooms { get; } =
    [
        .. Directory.GetDirectories(InRoot("src/Systemprompt.Core"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs").Any())
            .Select(folder => Path.GetFileName(folder)).Except(Kernel).Order(StringComparer.Ordinal),
    ];

    public static string InRoot(string path) => Path.Combine(Root, path);

    /// <summary>Files under a folder by extension, without what builds leave behind.</summary>
    public static IEnumerable<SourceFile> Files(string folder, params string[] extensions) =>
        Directory.Exists(InRoot(folder))
            ? Directory.EnumerateFiles(InRoot(folder), "*", SearchOption.AllDirectories)
                .Where(file => extensions.Contains(Path.GetExtension(file)) && !NotOurs.Any(part => file[Root.Length..].Contains(part, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)
                .Select(file => new SourceFile(Path.GetRelativePath(Root, file).Replace('\\', '/'), File.ReadAllText(file)))
            : [];

    /// <summary>Names of the projects under src/.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Files("src", ".csproj").Select(file => Path.GetFileNameWithoutExtension(file.Name)).Order(StringComparer.Ordinal)];

    /// <summary>Names of the projects that become packages with an assembly a customer compiles against.</summary>
    public static IReadOnlyList<string> PackableProjects { get; } =
    [
        .. Files("src", ".csproj")
            .Where(file => XDocument.Parse(file.Text).Descendants("IsPackable").Any(value => value.Value == "true"))
            .Where(file => !XDocument.Parse(file.Text).Descendants("IncludeBuildOutput").Any(value => value.Value == "false"))
            .Select(file => Path.GetFileNameWithoutExtension(file.Name)).Order(StringComparer.Ordinal),
    ];

    public static string AssemblyPath(string project) => Path.Combine(AppContext.BaseDirectory, $"{project}.dll");

    public static AssemblyDefinition Assembly(string project) => AssemblyDefinition.ReadAssembly(AssemblyPath(project));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
