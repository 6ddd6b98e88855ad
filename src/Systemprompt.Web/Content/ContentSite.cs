using Systemprompt.Extensions;

namespace Systemprompt.Web.Content;

/// <summary>What a site shows content with.</summary>
internal sealed record ContentSite
{
    public required SiteExtension Site { get; init; }

    public required IReadOnlyList<ContentSource> Sources { get; init; }

    /// <summary>For pages that the engine brings: the site's, not one of the engine's assembly.</summary>
    public required Type? Layout { get; init; }

    public required Type ItemPage { get; init; }

    public required Type ListPage { get; init; }

    public required Type SearchPage { get; init; }

    public required Type MissingPage { get; init; }

    public required Func<IServiceProvider, string> Title { get; init; }
}
