using AcmeCo.Email.Mails;
using Systemprompt.Email;
using Systemprompt.Extensions;

namespace AcmeCo.Email;

/// <summary>Mail: the messages are the Razor components below Mails/; send one with <see cref="IMailer"/>.</summary>
[Extension("email", Description = "Mails and their templates.")]
public sealed class MailExtension : EmailExtension
{
    protected override Type TestMail => typeof(WelcomeMail);
}
