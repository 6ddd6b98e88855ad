using System.Reflection;
using System.Text;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Profiles;

/// <summary>One profile that can be chosen.</summary>
/// <param name="Name">Its directory's name.</param>
/// <param name="Source">A path, or <c>embedded:profiles/NAME/profile.yaml</c>.</param>
/// <param name="Read">Reads its text.</param>
internal sealed record ProfileSource(string Name, string Source, Func<string> Read);

/// <summary>
/// Where profiles come from: <c>profiles/</c> in the working directory, then <c>profiles/</c> beside the executable, then what is embedded in
/// the host. The first that has a name wins, so that a directory on disk overrides the file's own.
/// </summary>
internal sealed class ProfileSources(IReadOnlyList<ProfileSource> all)
{
    private const string Root = "profiles/";
    private const string FileName = "profile.yaml";

    /// <summary>Every profile by name, in order of precedence.</summary>
    public IReadOnlyList<ProfileSource> All { get; } = [.. all.DistinctBy(source => source.Name).OrderBy(source => source.Name, StringComparer.Ordinal)];

    public static ProfileSources Of(Assembly host) => Of(host, Environment.CurrentDirectory, Path.GetDirectoryName(Environment.ProcessPath) ?? AppContext.BaseDirectory);

    public static ProfileSources Of(Assembly host, params ReadOnlySpan<string> folders)
    {
        var sources = new List<ProfileSource>();
        foreach (var folder in folders) sources.AddRange(OnDisk(Path.Combine(folder, "profiles")));
        return new ProfileSources([.. sources, .. Embedded(host)]);
    }

    /// <summary>A profile by name, or by the path of a profile.yaml or its directory; null when there is none.</summary>
    public ProfileSource? Find(string nameOrPath)
    {
        if (!nameOrPath.Contains('/', StringComparison.Ordinal) && !nameOrPath.EndsWith(".yaml", StringComparison.Ordinal))
            return All.FirstOrDefault(source => source.Name == nameOrPath);
        var file = Directory.Exists(nameOrPath) ? Path.Combine(nameOrPath, FileName) : nameOrPath;
        return File.Exists(file) ? FromFile(file) : null;
    }

    private static IEnumerable<ProfileSource> OnDisk(string root) =>
        !Directory.Exists(root) ? []
        : Directory.EnumerateDirectories(root).Select(directory => Path.Combine(directory, FileName)).Where(File.Exists).Select(FromFile);

    private static ProfileSource FromFile(string file) =>
        new(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))!, Shorten(file), () => Read(File.OpenRead(file)));

    private static IEnumerable<ProfileSource> Embedded(Assembly host) =>
        host.GetManifestResourceNames()
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal) && name.EndsWith("/" + FileName, StringComparison.Ordinal))
            .Select(name => new ProfileSource(name[Root.Length..^(FileName.Length + 1)], "embedded:" + name, () => Read(host.GetManifestResourceStream(name)!)));

    /// <summary>Reads a little more than a profile may have, not a whole disk.</summary>
    private static string Read(Stream stream)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        var text = new char[YamlReader.MaxLength + 1];
        return new string(text, 0, reader.ReadBlock(text));
    }

    private static string Shorten(string file)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, file);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(file) : relative;
    }
}
