using Systemprompt.Extensions;
using Systemprompt.Marketplace;

namespace AcmeCo.Marketplace;

/// <summary>Offers the plugins under plugins/ to Claude clients at /marketplace.json.</summary>
[Extension("marketplace", Description = "Plugins for Claude clients.")]
public sealed class PluginMarketplaceExtension : MarketplaceExtension;
