using System.ComponentModel;
using Systemprompt.Profiles;

namespace Systemprompt.Email;

/// <summary>Who mail comes from and how it leaves.</summary>
public sealed record EmailSettings
{
    /// <summary>The sender.</summary>
    [Description("Sender of every mail: an address, or a name and an address as in \"My Company <no-reply@example.com>\".")]
    public string From { get; init; } = "no-reply@localhost.localdomain";

    /// <summary>How mail leaves.</summary>
    [Description("How mail leaves. file: each message becomes an .eml file, for development and for machines without a mail server.")]
    public MailTransportKind Transport { get; init; } = MailTransportKind.File;

    /// <summary>Where the file transport writes.</summary>
    [Description("Directory of the file transport. Empty: mail/ below storage.path.")]
    public string Directory { get; init; } = "";

    internal static void Validate(EmailSettings settings, SettingsFaults faults)
    {
        if (MailMailbox.TryParse(settings.From, out _, out var fault)) return;
        faults.Add("from", fault);
    }
}

/// <summary>How mail leaves.</summary>
public enum MailTransportKind
{
    /// <summary>Into a directory, one <c>.eml</c> file a message.</summary>
    File,
}
