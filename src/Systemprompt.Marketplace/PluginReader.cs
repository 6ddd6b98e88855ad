using System.Text.Json;
using Systemprompt.Hosting;

namespace Systemprompt.Marketplace;

/// <summary>Reads and checks the plugins of a folder. A faulty plugin is reported and left out; the others are not affected.</summary>
internal static class PluginReader
{
    private const int LargestFile = 8 << 20;
    private const int LargestPlugin = 32 << 20;
    private const int MostFiles = 5_000;
    private const string ManifestPath = ".claude-plugin/plugin.json";

    public static (IReadOnlyList<Plugin> Plugins, IReadOnlyList<PluginFault> Faults) Read(HostFolder folder)
    {
        var plugins = new List<Plugin>();
        var faults = new List<PluginFault>();
        foreach (var group in folder.Files.Where(file => file.Path.Contains('/', StringComparison.Ordinal))
            .GroupBy(file => file.Path[..file.Path.IndexOf('/', StringComparison.Ordinal)]))
        {
            try
            {
                plugins.Add(ReadOne(group.Key, [.. group], faults));
            }
            catch (PluginException exception)
            {
                faults.Add(new PluginFault(exception.File, exception.Message));
            }
            catch (IOException exception)
            {
                faults.Add(new PluginFault(group.Key, exception.Message));
            }
        }

        return (plugins, faults);
    }

    private static Plugin ReadOne(string folder, IReadOnlyList<HostFile> files, List<PluginFault> faults)
    {
        if (!PluginNames.IsValid(folder)) throw new PluginException(folder, $"the folder's name is no plugin name: {PluginNames.Rule}");
        if (files.Count > MostFiles) throw new PluginException(folder, $"holds {files.Count} files; a plugin has at most {MostFiles}");
        var contents = new List<(string Path, byte[] Content)>(files.Count);
        long size = 0;
        foreach (var file in files)
        {
            var content = file.Read(LargestFile);
            if ((size += content.Length) > LargestPlugin) throw new PluginException(folder, $"is larger than {LargestPlugin >> 20} MB");
            contents.Add((file.Path[(folder.Length + 1)..], content));
        }

        var manifest = Json(folder, contents, ManifestPath)
            ?? throw new PluginException($"{folder}/{ManifestPath}", "is missing: it makes the folder a plugin");
        var name = Text(folder, manifest, "name") ?? throw new PluginException($"{folder}/{ManifestPath}", "has no \"name\"");
        if (name != folder) throw new PluginException($"{folder}/{ManifestPath}", $"\"name\" is '{name}'; it must be the folder's name, '{folder}'");
        var version = Text(folder, manifest, "version")
            ?? throw new PluginException($"{folder}/{ManifestPath}", "has no \"version\": without one, clients do not see updates");
        CheckParts(folder, contents, faults);
        return new Plugin
        {
            Name = name,
            Version = version,
            Description = Text(folder, manifest, "description") ?? "",
            Manifest = manifest,
            Files = contents,
        };
    }

    private static void CheckParts(string folder, List<(string Path, byte[] Content)> files, List<PluginFault> faults)
    {
        if (Json(folder, files, "hooks/hooks.json") is { } hooks && !hooks.TryGetProperty("hooks", out _))
            faults.Add(new PluginFault($"{folder}/hooks/hooks.json", "has no \"hooks\" object"));
        foreach (var (path, content) in files.Where(file => file.Path.EndsWith("/SKILL.md", StringComparison.Ordinal)))
            if (!content.AsSpan().StartsWith("---"u8))
                faults.Add(new PluginFault($"{folder}/{path}", "has no front matter (--- name: … description: … ---), so clients do not offer the skill"));
    }

    private static JsonElement? Json(string folder, List<(string Path, byte[] Content)> files, string path)
    {
        var content = files.FirstOrDefault(file => file.Path == path).Content;
        if (content is null) return null;
        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new PluginException($"{folder}/{path}", "is not a JSON object");
        }
        catch (JsonException exception)
        {
            throw new PluginException($"{folder}/{path}:{exception.LineNumber + 1}:{exception.BytePositionInLine + 1}", "is no JSON: " + exception.Message.Split(" LineNumber")[0]);
        }
    }

    private static string? Text(string folder, JsonElement manifest, string name)
    {
        if (!manifest.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new PluginException($"{folder}/{ManifestPath}", $"\"{name}\" must be a text");
    }

    private sealed class PluginException(string file, string message) : Exception(message)
    {
        public string File { get; } = file;
    }
}
