using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Marketplace;

/// <summary>
/// Serves the plugins of the solution's <c>plugins/</c> folder to Claude clients: <c>/marketplace.json</c> lists them,
/// <c>/marketplace/NAME.zip</c> is one of them, <c>marketplace list</c> and <c>marketplace validate</c> check them.
/// </summary>
/// <remarks>
/// Derive, and override what differs. A plugin is a folder <c>plugins/NAME/</c> with <c>.claude-plugin/plugin.json</c>. The folder in the
/// working directory or beside the executable is read afresh, the embedded one is fixed. Bytes are the same for the same files, so a client
/// sees a change exactly when there is one.
/// </remarks>
public abstract class MarketplaceExtension : Extension
{
    /// <inheritdoc/>
    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<MarketplaceSettings>(Id, MarketplaceSettings.Validate)];

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<PluginCatalogue>();
    }

    /// <inheritdoc/>
    public override void MapRoutes(RouteMap routes) => MarketplaceEndpoints.Map(routes);

    /// <inheritdoc/>
    public override void MapCommands(CommandMap commands) => MarketplaceCommands.Map(commands);
}
