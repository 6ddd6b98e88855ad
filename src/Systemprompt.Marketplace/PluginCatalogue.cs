using Microsoft.Extensions.Logging;
using Systemprompt.Hosting;

namespace Systemprompt.Marketplace;

/// <summary>The plugins as served. The embedded folder is read once; one on disk again after a second, so that an edit shows.</summary>
internal sealed partial class PluginCatalogue(HostFiles files, TimeProvider clock, ILogger<PluginCatalogue> logger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private IReadOnlyList<Plugin>? _plugins;
    private DateTimeOffset _readAt;
    private bool _fixed;
    private string _reported = "";

    public IReadOnlyList<Plugin> Plugins
    {
        get
        {
            lock (_lock)
            {
                if (_plugins is { } known && (_fixed || clock.GetUtcNow() - _readAt < Fresh)) return known;
                var folder = files.Folder("plugins");
                var (plugins, faults) = PluginReader.Read(folder);
                Report(faults);
                _fixed = folder.Place.StartsWith("embedded:", StringComparison.Ordinal);
                _readAt = clock.GetUtcNow();
                return _plugins = plugins;
            }
        }
    }

    public Plugin? Find(string name) => Plugins.FirstOrDefault(plugin => plugin.Name == name);

    /// <summary>Says each fault once, not with every reading.</summary>
    private void Report(IReadOnlyList<PluginFault> faults)
    {
        var all = string.Join('\n', faults);
        if (all == _reported) return;
        _reported = all;
        foreach (var fault in faults) FaultFound(logger, fault.File, fault.Message);
    }

    [LoggerMessage(3100, LogLevel.Warning, "Plugin fault: {File}: {Fault}")]
    private static partial void FaultFound(ILogger logger, string file, string fault);
}
