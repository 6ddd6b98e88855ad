using Systemprompt.Email;
using Systemprompt.Extensions;
using Systemprompt.Marketplace;

namespace Systemprompt.Core.Tests.Profiles.Reference;

/// <summary>Every extension that ships with a profile section: those of Core, and the engines that a solution derives from.</summary>
internal static class ShippedSections
{
    public static IReadOnlyList<Extension> Owners { get; } = [.. CoreExtensions.Create(), new MailExtension(), new PluginExtension()];

    [Extension("email", Description = "Mail, in a solution whose extension derives from EmailExtension; the section's key is that extension's id.")]
    private sealed class MailExtension : EmailExtension
    {
        protected override Type TestMail => typeof(MailComponent);
    }

    [Extension("marketplace", Description = "Plugins for Claude clients, in a solution whose extension derives from MarketplaceExtension; the section's key is that extension's id.")]
    private sealed class PluginExtension : MarketplaceExtension;
}
