using System.Globalization;
using System.Text;

namespace Systemprompt.Email;

/// <summary>A message ready to be written: two renderings of the same content.</summary>
internal sealed record OutgoingMail(
    MailMailbox From, MailMailbox To, string Subject, string Html, string Text, string MessageId, DateTimeOffset Date);

/// <summary>Writes a message as MIME (RFC 5322, 2045–2049): multipart/alternative, text first, HTML last. Every byte is ASCII.</summary>
internal static class MailMessageWriter
{
    public static byte[] Write(OutgoingMail mail)
    {
        // The id is random, so no body can hold the boundary.
        var boundary = $"=_{mail.MessageId.Split('@')[0]}";
        var message = new StringBuilder();
        Header("Date", mail.Date.ToUniversalTime().ToString("ddd, dd MMM yyyy HH':'mm':'ss '+0000'", CultureInfo.InvariantCulture));
        Header("From", MimeText.HeaderMailbox(mail.From));
        Header("To", MimeText.HeaderMailbox(mail.To));
        Header("Subject", MimeText.HeaderText(mail.Subject, "Subject: ".Length));
        Header("Message-ID", $"<{mail.MessageId}>");
        // RFC 3834: keeps out-of-office answers away.
        Header("Auto-Submitted", "auto-generated");
        Header("MIME-Version", "1.0");
        Header("Content-Type", $"multipart/alternative;\r\n boundary=\"{boundary}\"");
        message.Append("\r\n");
        Part("text/plain", mail.Text);
        Part("text/html", mail.Html);
        message.Append("--").Append(boundary).Append("--\r\n");
        return Encoding.ASCII.GetBytes(message.ToString());

        void Header(string name, string value) => message.Append(name).Append(": ").Append(value).Append("\r\n");

        void Part(string type, string content)
        {
            message.Append("--").Append(boundary).Append("\r\n");
            Header("Content-Type", $"{type}; charset=utf-8");
            Header("Content-Transfer-Encoding", "quoted-printable");
            message.Append("\r\n").Append(MimeText.QuotedPrintable(content.TrimEnd())).Append("\r\n");
        }
    }
}
