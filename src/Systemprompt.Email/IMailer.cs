namespace Systemprompt.Email;

/// <summary>Sends mail. Inject it.</summary>
public interface IMailer
{
    /// <summary>Renders a component and delivers the message.</summary>
    /// <typeparam name="TMail">The mail's component.</typeparam>
    /// <param name="to">The recipient: an address, or a name and an address.</param>
    /// <param name="parameters">Values of the component's <c>[Parameter]</c> properties, by name.</param>
    /// <param name="cancellationToken">Gives up; a message that is already delivered stays delivered.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="MailException">An address is unusable, the component has no subject, or the transport failed.</exception>
    Task<MailReceipt> SendAsync<TMail>(string to, IReadOnlyDictionary<string, object?>? parameters = null, CancellationToken cancellationToken = default)
        where TMail : MailComponent;
}

/// <summary>A message that was delivered.</summary>
/// <param name="MessageId">Its <c>Message-ID</c>, without angle brackets.</param>
/// <param name="To">The recipient's address.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Place">Where the transport put it: for the file transport, the file's path.</param>
public sealed record MailReceipt(string MessageId, string To, string Subject, string Place);

/// <summary>Mail that cannot be sent. The message says why and what would help.</summary>
public sealed class MailException(string message, Exception? inner = null) : Exception(message, inner);
