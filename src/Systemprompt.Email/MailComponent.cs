using Microsoft.AspNetCore.Components;

namespace Systemprompt.Email;

/// <summary>The base of a mail written as a Razor component: <c>@inherits MailComponent</c>. The markup is the HTML part; the text part is made from it.</summary>
public abstract class MailComponent : ComponentBase
{
    /// <summary>The subject line. Line breaks in it become spaces.</summary>
    public abstract string Subject { get; }
}
