using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Systemprompt.Marketplace;

/// <summary>One plugin: its manifest and its archive.</summary>
internal sealed class Plugin
{
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Description { get; init; }

    /// <summary>The manifest's root object.</summary>
    public required JsonElement Manifest { get; init; }

    /// <summary>The files by path below the plugin's folder, in order.</summary>
    public required IReadOnlyList<(string Path, byte[] Content)> Files { get; init; }

    public int Skills => Files.Count(file => file.Path.StartsWith("skills/", StringComparison.Ordinal) && file.Path.EndsWith("/SKILL.md", StringComparison.Ordinal));

    public bool HasHooks => Files.Any(file => file.Path == "hooks/hooks.json");

    /// <summary>The same bytes for the same files: fixed times, ordered entries.</summary>
    public byte[] Archive => field ??= Zip();

    public string Sha256 => field ??= Convert.ToHexStringLower(SHA256.HashData(Archive));

    private byte[] Zip()
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content) in Files)
            {
                var entry = zip.CreateEntry(path, CompressionLevel.SmallestSize);
                entry.LastWriteTime = Epoch;
                // Unix mode in the upper half; a script keeps its executable bit.
                entry.ExternalAttributes = (content.AsSpan().StartsWith("#!"u8) ? 0x81ED : 0x81A4) << 16;
                using var stream = entry.Open();
                stream.Write(content);
            }
        }

        return buffer.ToArray();
    }
}

/// <summary>Something wrong with a plugin.</summary>
/// <param name="File">Path below the plugins folder.</param>
/// <param name="Message">What, and what would be right.</param>
internal sealed record PluginFault(string File, string Message);
