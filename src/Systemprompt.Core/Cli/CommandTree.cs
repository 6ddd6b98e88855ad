using System.CommandLine;
using System.CommandLine.Help;

namespace Systemprompt.Cli;

/// <summary>Builds the command line from what the extensions mapped.</summary>
internal sealed class CommandTree
{
    private static readonly Dictionary<string, string> GroupDescriptions = new(StringComparer.Ordinal)
    {
        ["services"] = "Run and probe the server.",
        ["infra"] = "Operate this installation: services, database, jobs, logs, events, audit trail.",
        ["infra services"] = "Run and probe the server.",
        ["infra db"] = "Inspect and migrate the database.",
        ["infra jobs"] = "See and steer the job queue and its schedules.",
        ["infra logs"] = "Read the log lines of every replica.",
        ["infra events"] = "See what is published.",
        ["infra webhooks"] = "Receivers outside that events are sent to.",
        ["infra audit"] = "Read the audit trail.",
        ["admin"] = "Administer this installation: configuration, users, keys, tokens, secrets.",
        ["admin config"] = "Show and check the profile, and set keys over it while the server runs.",
        ["admin token"] = "Create, inspect and revoke tokens.",
        ["admin users"] = "Users: people and machines, their roles, invitations, the record of changes.",
        ["admin teams"] = "Teams of users.",
        ["admin keys"] = "Access keys, for those who cannot renew a token.",
        ["admin bans"] = "Addresses that are turned away.",
        ["admin budgets"] = "Budgets of requests, tokens and money: set them, see what they came to.",
        ["admin secrets"] = "Keep secrets in the database, sealed.",
        ["analytics"] = "See who uses this installation, how much, and what it costs.",
        ["files"] = "Store, fetch, share and check files.",
        ["content"] = "Pages and posts written in Markdown: take in, list, search, check.",
        ["governance"] = "See policies and their verdicts, and what others would have said.",
        ["governance policies"] = "The policies in front of model calls and hook events.",
        ["governance decisions"] = "Verdicts as they are recorded.",
        ["governance models"] = "Who may use which models.",
        ["governance rules"] = "The kinds of credentials that are known.",
        ["gateway"] = "Look at the model gateway: providers, models, prices, routes.",
        ["gateway routes"] = "Which calls go to which providers, in which order.",
        ["extensions"] = "List what is compiled into this binary.",
    };

    private readonly Dictionary<string, Command> _groups = new(StringComparer.Ordinal);

    private CommandTree(RootCommand root) => Root = root;

    public RootCommand Root { get; }

    /// <summary>The options every command takes.</summary>
    public Option<string?> Profile { get; } = new("--profile") { Description = "The profile's name or path; overrides SYSTEMPROMPT_PROFILE.", Recursive = true };

    /// <inheritdoc cref="Profile"/>
    public Option<bool> Json { get; } = new("--json") { Description = "Print exactly one JSON document on stdout.", Recursive = true };

    /// <inheritdoc cref="Profile"/>
    public Option<bool> NoColor { get; } = new("--no-color") { Description = "No colours; the variable NO_COLOR does the same.", Recursive = true };

    public static CommandTree Build(string binary, string description, IEnumerable<CommandEntry> entries, Func<CommandEntry, ParseResult, CancellationToken, Task<int>> run)
    {
        var tree = new CommandTree(new RootCommand(description));
        tree.Root.Options.Add(tree.Profile);
        tree.Root.Options.Add(tree.Json);
        tree.Root.Options.Add(tree.NoColor);
        // The version is a command with --json, not a second spelling.
        foreach (var version in tree.Root.Options.OfType<VersionOption>().ToList()) tree.Root.Options.Remove(version);
        foreach (var entry in entries) tree.Add(binary, entry, run);
        return tree;
    }

    private void Add(string binary, CommandEntry entry, Func<CommandEntry, ParseResult, CancellationToken, Task<int>> run)
    {
        var words = entry.Path.Split(' ');
        var parent = Group(words.AsSpan(0, words.Length - 1), entry);
        if (parent.Subcommands.Any(existing => existing.Name == words[^1]))
            throw new Extensions.ExtensionException($"command '{entry.Path}' of extension '{entry.Extension}' is mapped already; choose another path");
        var command = new Command(words[^1], entry.Description);
        foreach (var symbol in entry.Symbols)
            if (symbol is Option option) command.Options.Add(option);
            else if (symbol is Argument argument) command.Arguments.Add(argument);
        command.SetAction((arguments, cancellationToken) => run(entry, arguments, cancellationToken));
        var help = new HelpOption { Action = new ExampleHelpAction(new HelpAction(), $"{binary} {entry.Example}") };
        command.Options.Add(help);
        parent.Subcommands.Add(command);
    }

    private Command Group(ReadOnlySpan<string> words, CommandEntry entry)
    {
        Command current = Root;
        var path = "";
        foreach (var word in words)
        {
            path = path.Length == 0 ? word : $"{path} {word}";
            if (!_groups.TryGetValue(path, out var group))
            {
                group = new Command(word, GroupDescriptions.GetValueOrDefault(path) ?? (path == entry.Extension ? entry.ExtensionDescription : ""));
                _groups.Add(path, group);
                current.Subcommands.Add(group);
            }

            current = group;
        }

        return current;
    }
}
