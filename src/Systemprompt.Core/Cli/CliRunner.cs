using System.CommandLine;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Cli;

/// <summary>Runs one command line: 0 done, 1 failed, 2 wrong call. Failures meant for people are one message on stderr, never a stack.</summary>
internal sealed class CliRunner(HostDefinition host, TextWriter output, TextWriter error, Func<string, string?>? variables = null)
{
    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        try
        {
            var composition = Composition.Create(host, variables);
            CommandTree? tree = null;
            tree = CommandTree.Build(
                composition.Info.Name,
                $"{composition.Info.Name}: governed AI in one binary on PostgreSQL.",
                composition.Commands(),
                (entry, arguments, token) => RunCommandAsync(composition, tree!, entry, arguments, token));
            return await InvokeAsync(tree, args, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception exception) when (Explain(exception) is { } message)
        {
            await error.WriteLineAsync(message);
            return exception is CliException { ExitCode: var code } ? code : 1;
        }
    }

    private async Task<int> InvokeAsync(CommandTree tree, string[] args, CancellationToken cancellationToken)
    {
        var parsed = tree.Root.Parse(args.Length == 0 ? ["--help"] : args);
        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        if (parsed.Errors.Count == 0 || parsed.Action is not null && parsed.Action.Terminating && parsed.Action is not System.CommandLine.Invocation.ParseErrorAction)
            return await parsed.InvokeAsync(configuration, cancellationToken);
        if (parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // A group without a command: its help is the answer, but the call was not complete.
            await tree.Root.Parse([.. args, "--help"]).InvokeAsync(new InvocationConfiguration { Output = error, Error = error }, cancellationToken);
            return 2;
        }

        configuration.Output = error;
        if (parsed.Action is System.CommandLine.Invocation.ParseErrorAction complaint) complaint.ShowHelp = false;
        await parsed.InvokeAsync(configuration, cancellationToken);
        await error.WriteLineAsync($"'{tree.Root.Name} {string.Join(' ', Words(parsed.CommandResult))} --help' shows how to call it.".Replace("  ", " ", StringComparison.Ordinal));
        return 2;
    }

    private static IEnumerable<string> Words(System.CommandLine.Parsing.CommandResult result)
    {
        var words = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = result; at is System.CommandLine.Parsing.CommandResult { Parent: not null } command; at = command.Parent) words.Push(command.Command.Name);
        return words;
    }

    private async Task<int> RunCommandAsync(Composition composition, CommandTree tree, CommandEntry entry, ParseResult arguments, CancellationToken cancellationToken)
    {
        var color = !arguments.GetValue(tree.NoColor) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var shown = new CliOutput(output, error, arguments.GetValue(tree.Json), color);
        await using var call = new CliCall(
            composition,
            arguments,
            shown,
            () => composition.LoadProfile(arguments.GetValue(tree.Profile), entry.Extension),
            (profile, token) => CommandServices.StartAsync(composition, profile, token));
        return await entry.Run(call, cancellationToken);
    }

    private static string? Explain(Exception exception) => exception switch
    {
        CliException or ProfileException or ExtensionException => exception.Message,
        OperationCanceledException => null,
        _ => ExceptionText.Of(exception),
    };
}
