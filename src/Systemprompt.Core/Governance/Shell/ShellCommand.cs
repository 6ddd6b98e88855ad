namespace Systemprompt.Governance.Shell;

/// <summary>One simple command of a shell: its words without quotes, where its input comes from, and what it writes to.</summary>
internal sealed class ShellCommand
{
    /// <summary>Stands in a word for what a substitution gives.</summary>
    public const string Unknown = "${}";

    /// <summary>The words, the command's name first; assignments in front of it are left out.</summary>
    public List<string> Words { get; } = [];

    /// <summary>Files that output is redirected to.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The text of a here-document or here-string.</summary>
    public string? Input { get; set; }

    /// <summary>The commands of a substitution or process substitution among the words, each as it stands in the script.</summary>
    public List<ShellCommand> Inner { get; } = [];

    /// <summary>The command whose output this one reads, when a pipe stands between.</summary>
    public ShellCommand? From { get; set; }

    /// <summary>Takes the commands of a substitution.</summary>
    /// <returns>What stands in its place: what echo prints is known, of other commands it is not.</returns>
    public string Substitute(List<ShellCommand> commands)
    {
        Inner.AddRange(commands);
        return commands is [{ Words: ["echo", ..] } echo] ? string.Join(' ', echo.Words.Skip(1)) : Unknown;
    }
}

/// <summary>A shell script, flat: every simple command in it, also those of subshells, functions and substitutions.</summary>
internal sealed class ShellScript
{
    public List<ShellCommand> Commands { get; } = [];

    /// <summary>Whether a function calls itself twice over a pipe or in the background: a fork bomb.</summary>
    public bool IsForkBomb { get; set; }

    /// <summary>Whether it is nested deeper than anybody writes.</summary>
    public bool IsTooDeep { get; set; }
}
