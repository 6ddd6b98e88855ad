using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Profiles;

namespace Systemprompt.Email;

/// <summary>Renders, writes, delivers.</summary>
internal sealed partial class Mailer(
    IServiceScopeFactory scopes, ILoggerFactory loggers, IMailTransport transport, Profile profile, TimeProvider clock) : IMailer
{
    private readonly ILogger<Mailer> _logger = loggers.CreateLogger<Mailer>();

    public Task<MailReceipt> SendAsync<TMail>(string to, IReadOnlyDictionary<string, object?>? parameters, CancellationToken cancellationToken)
        where TMail : MailComponent => SendAsync(typeof(TMail), to, parameters, cancellationToken);

    internal async Task<MailReceipt> SendAsync(Type component, string to, IReadOnlyDictionary<string, object?>? parameters, CancellationToken cancellationToken)
    {
        if (!MailMailbox.TryParse(to, out var recipient, out var fault)) throw new MailException($"the recipient {fault}");
        var from = MailMailbox.Parse(profile.Section<EmailSettings>().From);
        var (subject, html) = await RenderAsync(component, parameters ?? new Dictionary<string, object?>());
        if (string.IsNullOrWhiteSpace(subject)) throw new MailException($"{component.FullName} has an empty Subject; a mail needs one");
        var id = $"{Guid.CreateVersion7(clock.GetUtcNow()):n}@{from.Domain}";
        var mail = new OutgoingMail(from, recipient!, subject, html, PlainText.From(html), id, clock.GetUtcNow());
        var place = await transport.DeliverAsync(id, MailMessageWriter.Write(mail), cancellationToken);
        Delivered(_logger, id, place);
        return new MailReceipt(id, recipient!.Address, subject, place);
    }

    private async Task<(string Subject, string Html)> RenderAsync(Type component, IReadOnlyDictionary<string, object?> parameters)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            MailComponent? rendered = null;
            var root = await renderer.RenderComponentAsync<MailFrame>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(MailFrame.Mail)] = component,
                [nameof(MailFrame.MailParameters)] = parameters,
                [nameof(MailFrame.Rendered)] = (Action<MailComponent>)(instance => rendered = instance),
            }));
            await using var text = new StringWriter();
            root.WriteHtmlTo(text);
            return (rendered!.Subject, text.ToString());
        });
    }

    [LoggerMessage(3200, LogLevel.Information, "Mail {MessageId} delivered to {Place}")]
    private static partial void Delivered(ILogger logger, string messageId, string place);
}

/// <summary>The services of the engine.</summary>
internal static class MailServices
{
    public static void AddMailer(this IServiceCollection services)
    {
        services.AddSingleton<IMailTransport, FileTransport>();
        services.AddSingleton<Mailer>();
        services.AddSingleton<IMailer>(provider => provider.GetRequiredService<Mailer>());
    }
}
