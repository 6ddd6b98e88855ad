using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Systemprompt.Cli;

/// <summary>The usual help page, with the command's example below it.</summary>
internal sealed class ExampleHelpAction(HelpAction page, string example) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override int Invoke(ParseResult parseResult)
    {
        page.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Example:");
        output.WriteLine($"  {example}");
        output.WriteLine();
        return 0;
    }
}
