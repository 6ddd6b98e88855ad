using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Web;

/// <summary>The root of a rendered page: the page in its layout, with the request as a cascading value as in Blazor's static rendering.</summary>
internal sealed class PageFrame : ComponentBase
{
    [Parameter]
    public required Type Page { get; set; }

    [Parameter]
    public required IReadOnlyDictionary<string, object?> PageParameters { get; set; }

    [Parameter]
    public Type? Layout { get; set; }

    [Parameter]
    public required HttpContext Context { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenComponent<CascadingValue<HttpContext>>(0);
        builder.AddComponentParameter(1, nameof(CascadingValue<>.Value), Context);
        builder.AddComponentParameter(2, nameof(CascadingValue<>.IsFixed), true);
        builder.AddComponentParameter(3, nameof(CascadingValue<>.ChildContent), (RenderFragment)BuildLayout);
        builder.CloseComponent();
    }

    private void BuildLayout(RenderTreeBuilder builder)
    {
        builder.OpenComponent<LayoutView>(0);
        builder.AddComponentParameter(1, nameof(LayoutView.Layout), Layout);
        builder.AddComponentParameter(2, nameof(LayoutView.ChildContent), (RenderFragment)BuildPage);
        builder.CloseComponent();
    }

    private void BuildPage(RenderTreeBuilder builder)
    {
        builder.OpenComponent(0, Page);
        builder.AddMultipleAttributes(1, PageParameters!);
        builder.CloseComponent();
    }
}
