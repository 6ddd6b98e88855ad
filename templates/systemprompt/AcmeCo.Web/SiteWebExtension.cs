using AcmeCo.Web.Components;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Web;

namespace AcmeCo.Web;

/// <summary>The public site: pages are the Razor components below Components/, style sheets and images the files below Assets/, Markdown the files below content/.</summary>
[Extension("web", Description = "The public site.")]
public sealed class SiteWebExtension : SiteExtension
{
    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<SiteSettings>("web")];

    public override IReadOnlyList<ContentSource> ContentSources =>
    [
        new("docs", "docs", "/docs") { Title = "Documentation" },
        new("blog", "blog", "/blog") { Title = "News", Kind = "post", InFeed = true },
        new("pages", "pages", "/pages") { Title = "Pages" },
    ];

    protected override Type Layout => typeof(SiteLayout);

    protected override string FeedTitle(IServiceProvider services) => services.GetRequiredService<Profile>().Section<SiteSettings>().Title;

    protected override void MapPages(RouteMap site) => site.Public().MapPage<HomePage>("/");
}
