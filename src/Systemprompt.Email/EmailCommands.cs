using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Email;

/// <summary><c>email test</c>: one real mail through the profile's transport.</summary>
internal static class EmailCommands
{
    public static void Map(CommandMap commands, Type testMail)
    {
        var to = new Option<string>("--to") { Description = "The recipient.", Required = true };
        commands.Map(
            "email test",
            "Send a test mail through the profile's transport.",
            "email test --to alice@example.com",
            [to],
            (call, cancellationToken) => TestAsync(call, testMail, call.Get(to)!, cancellationToken));
    }

    private static async Task<int> TestAsync(CliCall call, Type testMail, string to, CancellationToken cancellationToken)
    {
        if (!MailMailbox.TryParse(to, out _, out var fault)) throw new CliException($"--to {fault}", 2);
        try
        {
            var receipt = await call.OfflineServices().GetRequiredService<Mailer>().SendAsync(testMail, to, null, cancellationToken);
            call.Output.Item(
                receipt,
                ("message", item => item.MessageId),
                ("to", item => item.To),
                ("subject", item => item.Subject),
                ("delivered", item => item.Place));
            return 0;
        }
        catch (MailException exception)
        {
            throw new CliException(exception.Message);
        }
    }
}
