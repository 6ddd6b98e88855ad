using System.CommandLine;
using Systemprompt.Extensions;

namespace Systemprompt.Cli;

/// <summary>Where an extension adds its commands.</summary>
public sealed class CommandMap
{
    private readonly Extension _extension;
    private readonly Action<CommandEntry> _add;

    internal CommandMap(Extension extension, Action<CommandEntry> add)
    {
        _extension = extension;
        _add = add;
    }

    /// <summary>Adds a command.</summary>
    /// <param name="path">Words from the root, such as <c>infra audit list</c>. Groups in between appear by themselves; one that is named like the extension is described like it.</param>
    /// <param name="description">One sentence for the help page.</param>
    /// <param name="example">A complete call without the binary's name, such as <c>infra audit list --since 1h</c>. Shown in the help and run by the tests.</param>
    /// <param name="symbols">Options (<see cref="Option{T}"/>) and arguments (<see cref="Argument{T}"/>), in help order.</param>
    /// <param name="run">The work. Returns the exit code: 0 done, 1 failed or a check did not pass, 2 wrong call.</param>
    public void Map(
        string path,
        string description,
        string example,
        IReadOnlyList<Symbol> symbols,
        Func<CliCall, CancellationToken, Task<int>> run) =>
        _add(new CommandEntry(_extension.Id, _extension.Description, path, description, example, symbols, run));
}

/// <summary>One command as contributed.</summary>
internal sealed record CommandEntry(
    string Extension,
    string ExtensionDescription,
    string Path,
    string Description,
    string Example,
    IReadOnlyList<Symbol> Symbols,
    Func<CliCall, CancellationToken, Task<int>> Run);
