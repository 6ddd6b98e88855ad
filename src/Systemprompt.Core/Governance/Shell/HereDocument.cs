using System.Text;

namespace Systemprompt.Governance.Shell;

/// <summary>A here-document that a line announced; its text begins on the next line.</summary>
/// <param name="Command">The command that reads it.</param>
/// <param name="End">The line that ends it.</param>
/// <param name="Tabs">Whether tabs before that line do not count.</param>
internal sealed record HereDocument(ShellCommand Command, string End, bool Tabs)
{
    /// <summary>Reads the text at <paramref name="at"/>, and gives it to the command.</summary>
    public void Read(string text, ref int at)
    {
        var body = new StringBuilder();
        while (at < text.Length)
        {
            var stop = text.IndexOf('\n', at);
            var line = text[at..(stop < 0 ? text.Length : stop)].TrimEnd('\r');
            at = stop < 0 ? text.Length : stop + 1;
            if ((Tabs ? line.TrimStart('\t') : line) == End) break;
            body.Append(line).Append('\n');
        }

        Command.Input = body.ToString();
    }
}
