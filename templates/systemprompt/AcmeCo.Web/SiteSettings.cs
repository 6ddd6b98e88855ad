using System.ComponentModel;

namespace AcmeCo.Web;

/// <summary>The section <c>web</c> of a profile.</summary>
public sealed record SiteSettings
{
    [Description("The site's title.")]
    public string Title { get; init; } = "acmeco";
}
