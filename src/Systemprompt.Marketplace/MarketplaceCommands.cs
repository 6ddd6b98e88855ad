using Systemprompt.Cli;

namespace Systemprompt.Marketplace;

/// <summary><c>marketplace list</c> and <c>marketplace validate</c>. They need neither database nor server.</summary>
internal static class MarketplaceCommands
{
    public static void Map(CommandMap commands)
    {
        commands.Map("marketplace list", "List the plugins this binary serves.", "marketplace list", [], ListAsync);
        commands.Map("marketplace validate", "Check every plugin under plugins/.", "marketplace validate", [], ValidateAsync);
    }

    private static Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var folder = call.Files.Folder("plugins");
        var rows = PluginReader.Read(folder).Plugins
            .Select(plugin => new PluginRow(plugin.Name, plugin.Version, plugin.Skills, plugin.HasHooks, plugin.Archive.Length, plugin.Sha256, plugin.Description))
            .ToList();
        call.Output.List(
            rows,
            ("name", row => row.Name),
            ("version", row => row.Version),
            ("skills", row => row.Skills),
            ("hooks", row => row.Hooks),
            ("bytes", row => row.Bytes),
            ("description", row => row.Description));
        if (!call.Output.IsJson) call.Output.Notice($"from {folder.Place}");
        return Task.FromResult(0);
    }

    private static Task<int> ValidateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var folder = call.Files.Folder("plugins");
        var (plugins, faults) = PluginReader.Read(folder);
        if (call.Output.IsJson)
            call.Output.Document(new ValidationAnswer(faults.Count == 0, plugins.Count, faults));
        else if (faults.Count == 0)
            call.Output.Line($"{plugins.Count} plugins in {folder.Place}, no faults");
        else
            foreach (var fault in faults) call.Output.Line($"{folder.Place}/{fault.File}: {fault.Message}");
        return Task.FromResult(faults.Count == 0 ? 0 : 1);
    }

    private sealed record PluginRow(string Name, string Version, int Skills, bool Hooks, int Bytes, string Sha256, string Description);

    private sealed record ValidationAnswer(bool Valid, int Plugins, IReadOnlyList<PluginFault> Faults);
}
