using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Live;

/// <summary><c>admin config set|unset|revert|diff|history</c></summary>
internal static class LiveCommands
{
    private static readonly Argument<string> Key = new("key") { Description = "The whole key, such as governance.rate.per_minute." };
    private static readonly Argument<string?> AnyKey = new("key") { Description = "Only this key.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string?> Value = new("value") { Description = "The value as it would stand in the profile, such as 300 or '[a, b]'.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<long> Version = new("version") { Description = "The version of the change." };
    private static readonly Option<string?> File = new("--file") { Description = "Takes the value from a file; - is standard input." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history." };
    private static readonly Option<bool> ExitCode = new("--exit-code") { Description = "Ends with 1 when there is a difference, for scripts." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many rows at most.", DefaultValueFactory = static _ => 100 };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin config set", "Sets a key while the server runs, over what the profile says; every process has it within two seconds.",
            "admin config set governance.rate.per_minute 300 --reason 'load test'", [Key, Value, File, Reason], SetAsync);
        commands.Map("admin config unset", "Gives a key back to the profile.", "admin config unset governance.rate.burst", [Key, Reason], UnsetAsync);
        commands.Map("admin config revert", "Puts back what a change replaced.", "admin config revert 1", [Version, Reason], RevertAsync);
        commands.Map("admin config diff", "Shows every value that is not as the profile says, who set it and why.", "admin config diff", [ExitCode], DiffAsync);
        commands.Map("admin config history", "Shows every change that was made live, the newest first.", "admin config history", [AnyKey, Limit], HistoryAsync);
    }

    private static async Task<int> SetAsync(CliCall call, CancellationToken cancellationToken)
    {
        var key = call.Get(Key)!;
        var value = await ValueAsync(call, cancellationToken);
        await DoAsync(call, async desk => Said(call, key, await desk.SetAsync(key, value, call.Get(Reason), "cli", cancellationToken), "is set"), cancellationToken);
        return 0;
    }

    private static async Task<int> UnsetAsync(CliCall call, CancellationToken cancellationToken)
    {
        var key = call.Get(Key)!;
        await DoAsync(call, async desk => Said(call, key, await desk.UnsetAsync(key, call.Get(Reason), "cli", cancellationToken), "is the profile's again"), cancellationToken);
        return 0;
    }

    private static async Task<int> RevertAsync(CliCall call, CancellationToken cancellationToken)
    {
        await DoAsync(call, async desk =>
        {
            var (key, version) = await desk.RevertAsync(call.Get(Version), call.Get(Reason), "cli", cancellationToken);
            Said(call, key, version, $"is as it was before change {call.Get(Version)}");
        }, cancellationToken);
        return 0;
    }

    private static async Task<int> DiffAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = await (await call.ServicesAsync(cancellationToken)).GetRequiredService<LiveDesk>().DiffAsync(cancellationToken);
        if (rows.Count == 0) call.Output.Notice("everything is as the profile says");
        call.Output.List(rows, ("key", row => row.Key), ("profile", row => row.Profile), ("live", row => row.Live), ("set at", row => row.SetAt), ("at", row => row.At), ("by", row => row.By), ("reason", row => row.Reason));
        return rows.Count > 0 && call.Get(ExitCode) ? 1 : 0;
    }

    private static async Task<int> HistoryAsync(CliCall call, CancellationToken cancellationToken)
    {
        var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<LiveStore>();
        call.Output.List(await store.ChangesAsync(call.Get(AnyKey), null, call.Get(Limit), cancellationToken),
            ("version", row => row.Version), ("at", row => row.At), ("key", row => row.Key), ("before", row => row.Before ?? "(profile)"), ("after", row => row.After ?? "(profile)"), ("by", row => row.ByWhom), ("reason", row => row.Reason));
        return 0;
    }

    private static async Task<string> ValueAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (value, file) = (call.Get(Value), call.Get(File));
        if (value is null == file is null) throw new CliException("give the value behind the key, or a file with --file, and not both", 2);
        return value ?? await CliInput.ReadAsync(file!, cancellationToken);
    }

    private static void Said(CliCall call, string key, long version, string what)
    {
        if (call.Output.IsJson) call.Output.Document(new { key, version });
        else call.Output.Line($"{key} {what}, version {version}");
    }

    private static async Task DoAsync(CliCall call, Func<LiveDesk, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work((await call.ServicesAsync(cancellationToken)).GetRequiredService<LiveDesk>());
        }
        catch (LiveException fault)
        {
            throw new CliException(fault.Message);
        }
    }
}
