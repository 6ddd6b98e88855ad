using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Email;

/// <summary>
/// Sends mail: <see cref="IMailer"/> renders a Razor component to a message with an HTML and a text part and hands it to the transport of
/// the profile's section. <c>email test</c> shows that it works.
/// </summary>
/// <remarks>Derive, and name in <see cref="TestMail"/> the component that <c>email test</c> sends.</remarks>
public abstract class EmailExtension : Extension
{
    /// <summary>What <c>email test</c> sends: a component deriving from <see cref="MailComponent"/>, without required parameters.</summary>
    protected abstract Type TestMail { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<EmailSettings>(Id, EmailSettings.Validate)];

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, Profile profile) => services.AddMailer();

    /// <inheritdoc/>
    public override void MapCommands(CommandMap commands) => EmailCommands.Map(commands, TestMail);
}
