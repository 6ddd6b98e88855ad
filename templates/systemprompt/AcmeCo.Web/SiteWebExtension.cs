using AcmeCo.Web.Components;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Web;

namespace AcmeCo.Web;

/// <summary>The public site: pages are the Razor components below Components/, style sheets and images the files below Assets/.</summary>
[Extension("web", Description = "The public site.")]
public sealed class SiteWebExtension : SiteExtension
{
    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<SiteSettings>("web")];

    protected override Type Layout => typeof(SiteLayout);

    protected override void MapPages(RouteMap site) => site.Public().MapPage<HomePage>("/");
}
