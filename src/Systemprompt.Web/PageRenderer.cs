using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Web;

/// <summary>Renders a component inside its layout to UTF-8 HTML. Waits for asynchronous components; holds nothing between pages.</summary>
internal sealed class PageRenderer(ILoggerFactory loggers, IEnumerable<DefaultLayout> layouts)
{
    private readonly Dictionary<Assembly, Type> _layouts = layouts.ToDictionary(layout => layout.Assembly, layout => layout.Type);

    /// <param name="component">The page.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="context">The request.</param>
    /// <param name="layout">The layout when the page names none; null for that of its assembly.</param>
    public async Task<ReadOnlyMemory<byte>> RenderAsync(Type component, IReadOnlyDictionary<string, object?> parameters, HttpContext context, Type? layout = null)
    {
        await using var renderer = new HtmlRenderer(context.RequestServices, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<PageFrame>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(PageFrame.Page)] = component,
                [nameof(PageFrame.PageParameters)] = parameters,
                [nameof(PageFrame.Layout)] = LayoutOf(component) ?? layout,
                [nameof(PageFrame.Context)] = context,
            }));
            await using var text = new StringWriter();
            page.WriteHtmlTo(text);
            return new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text.ToString()));
        });
    }

    private Type? LayoutOf(Type component) =>
        component.GetCustomAttribute<LayoutAttribute>()?.LayoutType ?? _layouts.GetValueOrDefault(component.Assembly);
}
