using System.Reflection;
using System.Security.Cryptography;

namespace Systemprompt.Web;

/// <summary>A site and the assembly with its embedded assets.</summary>
internal sealed record AssetSource(SiteExtension Site, Assembly Assembly);

/// <summary>The embedded assets of all sites in the binary, read once. Inject it to link to one.</summary>
/// <remarks>The address carries a digest of the content, so that a browser may keep the file for a year and still sees a change at once.</remarks>
public sealed class AssetCatalogue
{
    private const string Prefix = "Assets/";
    private readonly Dictionary<string, Asset> _assets = new(StringComparer.Ordinal);

    internal AssetCatalogue(IEnumerable<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
            foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
                if (!_assets.TryAdd(name[Prefix.Length..], Asset.Read(assembly, name)))
                    throw new InvalidOperationException($"{assembly.GetName().Name}: asset {name} exists in another site of this binary; rename one.");
    }

    /// <summary>The address of an asset with its digest.</summary>
    /// <param name="path">Path below <c>Assets/</c>, such as <c>site.css</c>.</param>
    /// <exception cref="ArgumentException">There is no such asset.</exception>
    public string Url(string path) => _assets.TryGetValue(path, out var asset)
        ? $"/assets/{path}?v={asset.Digest}"
        : throw new ArgumentException($"There is no asset '{path}'. Assets are the files below Assets/ of a site project: {string.Join(", ", _assets.Keys)}.", nameof(path));

    internal Asset? Find(string path) => _assets.GetValueOrDefault(path);
}

/// <summary>One embedded file.</summary>
internal sealed record Asset(byte[] Content, string ContentType, string Digest)
{
    public static Asset Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new Asset(content, TypeOf(resource), Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }

    private static string TypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".json" or ".webmanifest" => "application/json",
        ".txt" => "text/plain; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".gif" => "image/gif",
        ".webp" => "image/webp",
        ".avif" => "image/avif",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        ".woff" => "font/woff",
        ".pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
}
