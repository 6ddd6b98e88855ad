using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Systemprompt.Email;

/// <summary>Renders a mail and hands its instance out, because the subject is asked of it after its parameters are set.</summary>
internal sealed class MailFrame : ComponentBase
{
    [Parameter]
    public required Type Mail { get; set; }

    [Parameter]
    public required IReadOnlyDictionary<string, object?> MailParameters { get; set; }

    [Parameter]
    public required Action<MailComponent> Rendered { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenComponent(0, Mail);
        builder.AddMultipleAttributes(1, MailParameters!);
        builder.AddComponentReferenceCapture(2, instance => Rendered((MailComponent)instance));
        builder.CloseComponent();
    }
}
