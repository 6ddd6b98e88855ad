using System.Globalization;
using System.Net.Mail;

namespace Systemprompt.Email;

/// <summary>A mailbox of RFC 5322: an address, perhaps with a name. Only what every server takes: the address is ASCII once its domain is in IDNA form.</summary>
internal sealed record MailMailbox(string Name, string Address)
{
    private const int LongestAddress = 254;

    public string Domain => Address[(Address.LastIndexOf('@') + 1)..];

    public static MailMailbox Parse(string text) => TryParse(text, out var mailbox, out var fault) ? mailbox! : throw new MailException(fault);

    public static bool TryParse(string text, out MailMailbox? mailbox, out string fault)
    {
        mailbox = null;
        fault = "";
        // A control character in an address is an attempt to add a header; no message shows it back.
        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl) || !MailAddress.TryCreate(text.Trim(), out var parsed) || IsList(text.Trim(), parsed))
        {
            fault = "is no mail address; write name@example.com or \"A Name <name@example.com>\"";
            return false;
        }

        try
        {
            var domain = new IdnMapping().GetAscii(parsed.Host);
            var address = $"{parsed.User}@{domain}";
            if (!parsed.User.All(char.IsAscii) || address.Length > LongestAddress || parsed.User.Contains('"', StringComparison.Ordinal))
            {
                fault = $"'{parsed.User}' cannot stand before the @: only plain ASCII addresses of at most {LongestAddress} characters are sent to";
                return false;
            }

            mailbox = new MailMailbox(parsed.DisplayName, address);
            return true;
        }
        catch (ArgumentException)
        {
            fault = $"'{parsed.Host}' is no domain name";
            return false;
        }
    }

    /// <summary>The framework reads the last address of a list and takes what stands before it for a name.</summary>
    private static bool IsList(string text, MailAddress parsed) =>
        parsed.DisplayName.Length > 0
        && (!text.Contains('<', StringComparison.Ordinal) || (parsed.DisplayName.Contains(',', StringComparison.Ordinal) && text[0] != '"'));
}
