using System.Reflection;

namespace Systemprompt.Hosting;

/// <summary>
/// The solution's folders (<c>content/</c>, <c>plugins/</c>) as this process sees them: the folder in the working directory, else the one
/// beside the executable, else the one embedded in the binary. A folder counts whole; files of two places are never mixed.
/// </summary>
public sealed class HostFiles
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    private readonly Assembly _host;
    private readonly IReadOnlyList<string> _roots;

    internal HostFiles(Assembly host, params IReadOnlyList<string> roots)
    {
        _host = host;
        _roots = roots;
    }

    /// <summary>Reads a folder's listing. Links are not followed.</summary>
    /// <param name="name">The folder's name, such as <c>plugins</c>.</param>
    public HostFolder Folder(string name)
    {
        foreach (var root in _roots)
        {
            var path = Path.Combine(root, name);
            if (Directory.Exists(path)) return OnDisk(path);
        }

        return Embedded(name);
    }

    internal static HostFiles Of(Assembly host) => new(host, Environment.CurrentDirectory, Path.GetDirectoryName(Environment.ProcessPath) ?? AppContext.BaseDirectory);

    private static HostFolder OnDisk(string path) => new(path, [.. Directory.EnumerateFiles(path, "*", Everything)
        .Select(file => new HostFile(Path.GetRelativePath(path, file).Replace('\\', '/'), () => File.OpenRead(file)))
        .OrderBy(file => file.Path, StringComparer.Ordinal)]);

    private HostFolder Embedded(string name)
    {
        var prefix = name + "/";
        return new HostFolder($"embedded:{name}", [.. _host.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(prefix, StringComparison.Ordinal))
            .Select(resource => new HostFile(resource[prefix.Length..], () => _host.GetManifestResourceStream(resource)!))
            .OrderBy(file => file.Path, StringComparer.Ordinal)]);
    }
}

/// <summary>A folder's files.</summary>
/// <param name="Place">The directory, or <c>embedded:NAME</c>.</param>
/// <param name="Files">The files, by path.</param>
public sealed record HostFolder(string Place, IReadOnlyList<HostFile> Files);

/// <summary>One file of a folder.</summary>
/// <param name="Path">Path below the folder, with forward slashes.</param>
/// <param name="Open">Opens it for reading.</param>
public sealed record HostFile(string Path, Func<Stream> Open)
{
    /// <summary>The whole content.</summary>
    /// <exception cref="IOException">It is larger than <paramref name="limit"/> bytes, or cannot be read.</exception>
    public byte[] Read(int limit)
    {
        using var stream = Open();
        if (stream.Length > limit) throw new IOException($"{Path} has {stream.Length} bytes; at most {limit} are read.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
