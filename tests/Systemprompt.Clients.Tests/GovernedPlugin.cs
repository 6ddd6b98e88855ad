using System.Text.Json.Nodes;

namespace Systemprompt.Clients.Tests;

/// <summary>The plugin of the generated solution, with its hooks pointed at a running host.</summary>
internal sealed class GovernedPlugin : IDisposable
{
    private const string Shipped = "http://localhost:8080/";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plugin-");

    /// <param name="address">The host that judges.</param>
    /// <param name="without">A hook to leave out, so that another one is all that stands in the way.</param>
    public GovernedPlugin(Uri address, string? without = null)
    {
        var source = System.IO.Path.Combine(PublishedFile.Solution, "plugins", "governed");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(Path, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var hooks = System.IO.Path.Combine(Path, "hooks", "hooks.json");
        var text = File.ReadAllText(hooks);
        text.ShouldContain(Shipped);
        var json = JsonNode.Parse(text.Replace(Shipped, address.ToString(), StringComparison.Ordinal))!;
        if (without is not null) json["hooks"]!.AsObject().Remove(without).ShouldBeTrue();
        File.WriteAllText(hooks, json.ToJsonString());
    }

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
