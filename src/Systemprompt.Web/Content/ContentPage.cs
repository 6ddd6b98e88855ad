using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Systemprompt.Content;
using Systemprompt.Extensions;

namespace Systemprompt.Web.Content;

/// <summary>A page that shows content. Derive to show it in your own way, and name your component in <see cref="SiteExtension"/>.</summary>
/// <typeparam name="TModel">What it shows.</typeparam>
public abstract class ContentPage<TModel> : ComponentBase
{
    /// <summary>What to show.</summary>
    [Parameter]
    public required TModel Model { get; set; }

    /// <summary>The request.</summary>
    [CascadingParameter]
    public required HttpContext Context { get; set; }
}

/// <summary>A page of a source's items.</summary>
public sealed record ContentList
{
    /// <summary>The source.</summary>
    public required ContentSource Source { get; init; }

    /// <summary>What the list is called.</summary>
    public required string Title { get; init; }

    /// <summary>The item at the list's own address, from the folder's <c>index.md</c>; null when there is none, and behind the first page.</summary>
    public ContentItem? Item { get; init; }

    /// <summary>The items, the newest first.</summary>
    public required IReadOnlyList<ContentSummary> Items { get; init; }

    /// <summary>The tag that they all have; null for all items.</summary>
    public string? Tag { get; init; }

    /// <summary>The page, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether there is another.</summary>
    public bool HasNext { get; init; }
}

/// <summary>A page of a search.</summary>
public sealed record ContentSearch
{
    /// <summary>What was asked; empty before anything was.</summary>
    public required string Query { get; init; }

    /// <summary>The kind that was asked for, or null.</summary>
    public string? Kind { get; init; }

    /// <summary>What was found; null when nothing was asked, or not well.</summary>
    public ContentResults? Results { get; init; }

    /// <summary>Why nothing was looked for; null when something was.</summary>
    public string? Fault { get; init; }

    /// <summary>The page, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether there is another.</summary>
    public bool HasNext { get; init; }
}

/// <summary>There is nothing at the address.</summary>
public sealed record ContentMissing;
