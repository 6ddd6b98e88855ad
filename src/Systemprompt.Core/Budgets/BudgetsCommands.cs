using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Budgets;

/// <summary><c>admin budgets list|show|set|remove|reset|usage|history</c></summary>
internal static class BudgetsCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The budget's name." };
    private static readonly Argument<string?> AnyName = new("name") { Description = "Only this budget.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<BudgetPer> Per = new("--per") { Description = "What it has an amount for each of: tenant, user, team, key, model.", Required = true };
    private static readonly Option<BudgetPeriod> Window = new("--window") { Description = "How long the amount has to last: day, week, month.", Required = true };
    private static readonly Option<long?> Requests = new("--requests") { Description = "The amount in calls." };
    private static readonly Option<long?> Tokens = new("--tokens") { Description = "The amount in tokens." };
    private static readonly Option<string?> Dollars = new("--dollars") { Description = "The amount in dollars, such as 12.50." };
    private static readonly Option<string[]> Of = new("--of") { Description = "Only these users, teams or keys; several with blanks.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Models = new("--models") { Description = "Only these models, such as claude-opus-*; several with blanks.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> Zone = new("--time-zone") { Description = "Where windows begin, such as Europe/Berlin; budgets.time_zone otherwise." };
    private static readonly Option<bool> AllowUnpriced = new("--count-unpriced") { Description = "Lets calls of models without a known price pass a budget of dollars uncounted." };
    private static readonly Option<string?> Key = new("--key") { Description = "Only this user, team, key or model pattern." };
    private static readonly Option<string?> Since = new("--since") { Description = "Past windows too, those that ended after: how long ago, such as 30d, or a time." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many rows at most.", DefaultValueFactory = static _ => 100 };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin budgets list", "Lists budgets and where they come from.", "admin budgets list", [], ListAsync);
        commands.Map("admin budgets show", "Shows one budget.", "admin budgets show trial", [Name], ShowAsync);
        commands.Map("admin budgets set", "Sets a budget, in place of the profile's if that has one of the name; every process has it within two seconds.",
            "admin budgets set trial --per user --window day --dollars 5 --models 'claude-*'", [Name, Per, Window, Requests, Tokens, Dollars, Of, Models, Zone, AllowUnpriced], SetAsync);
        commands.Map("admin budgets remove", "Ends a budget; one of the profile is off until it is reset.", "admin budgets remove trial", [Name], (call, token) =>
            ChangeAsync(call, "removed", desk => desk.RemoveAsync(call.Get(Name)!, "cli", token), token));
        commands.Map("admin budgets reset", "Gives a budget back to the profile.", "admin budgets reset everyone", [Name], (call, token) =>
            ChangeAsync(call, "the profile's again", desk => desk.ResetAsync(call.Get(Name)!, "cli", token), token));
        commands.Map("admin budgets usage", "Shows what budgets came to, the windows that run now unless --since says otherwise.", "admin budgets usage --json", [AnyName, Key, Since, Limit], UsageAsync);
        commands.Map("admin budgets history", "Shows every change of a budget that was made live, by whom.", "admin budgets history trial", [Name, Limit], HistoryAsync);
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            [.. (await DeskAsync(call, cancellationToken)).Select(BudgetLine.From)],
            ("budget", row => row.Name), ("enabled", row => row.Enabled), ("per", row => row.Per), ("amount", row => row.Amount), ("of", row => string.Join(" ", row.Of)), ("models", row => string.Join(" ", row.Models)),
            ("unpriced", row => row.Unpriced), ("source", row => row.Source));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetDesk>();
        await DoAsync(async () => call.Output.Item(
            BudgetLine.From(await desk.FindAsync(call.Get(Name)!, cancellationToken)),
            ("budget", row => row.Name), ("enabled", row => row.Enabled), ("per", row => row.Per), ("amount", row => row.Amount), ("of", row => string.Join(" ", row.Of)), ("models", row => string.Join(" ", row.Models)),
            ("time zone", row => row.TimeZone ?? "budgets.time_zone"), ("unpriced", row => row.Unpriced ?? (row.Unit == "microdollars" ? "budgets.unknown_price" : null)),
            ("source", row => row.Source), ("version", row => row.Version), ("updated", row => row.UpdatedAt), ("by", row => row.UpdatedBy)));
        return 0;
    }

    private static async Task<int> SetAsync(CliCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(Name)!;
        var budget = new BudgetSettings
        {
            Per = call.Get(Per), Window = call.Get(Window), Requests = call.Get(Requests), Tokens = call.Get(Tokens), Microdollars = Money(call.Get(Dollars)), Of = call.Get(Of) ?? [], Models = call.Get(Models) ?? [],
            TimeZone = call.Get(Zone), UnknownPrice = call.Get(AllowUnpriced) ? UnknownPrice.CountRequests : null,
        };
        var desk = (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetDesk>();
        await DoAsync(async () =>
        {
            var version = await desk.SetAsync(name, budget, "cli", cancellationToken);
            if (call.Output.IsJson) call.Output.Document(new { name, version });
            else call.Output.Line($"{name} is set: {BudgetText.Amount(budget.Unit, budget.Limit)} a {BudgetText.Word(budget.Window)}, version {version}");
        });
        return 0;
    }

    private static async Task<int> UsageAsync(CliCall call, CancellationToken cancellationToken)
    {
        var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetStore>();
        var rows = await store.UsageAsync(call.Get(AnyName), call.Get(Key), CliTime.Read(Since.Name, call.Get(Since), call.Composition.Clock.GetUtcNow()), call.Get(Limit), cancellationToken);
        call.Output.List(
            rows,
            ("budget", row => row.Budget), ("of", row => row.Key), ("from", row => row.StartAt), ("to", row => row.EndAt), ("used", row => Amount(row, row.Used)), ("assumed", row => row.Assumed == 0 ? "" : Amount(row, row.Assumed)),
            ("held", row => row.Leased == 0 ? "" : Amount(row, row.Leased)), ("limit", row => Amount(row, row.Limit)), ("calls", row => row.Calls));
        return 0;

        static string Amount(WindowRow row, long amount) => BudgetText.Amount(BudgetText.Unit(row.Unit), amount);
    }

    private static async Task<int> HistoryAsync(CliCall call, CancellationToken cancellationToken)
    {
        var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetStore>();
        call.Output.List(await store.ChangesAsync(call.Get(Name)!, call.Get(Limit), cancellationToken),
            ("version", row => row.Version), ("at", row => row.At), ("change", row => row.Change), ("by", row => row.ByWhom), ("budget", row => row.Spec));
        return 0;
    }

    private static async Task<int> ChangeAsync(CliCall call, string what, Func<BudgetDesk, Task> change, CancellationToken cancellationToken)
    {
        var desk = (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetDesk>();
        await DoAsync(() => change(desk));
        if (call.Output.IsJson) call.Output.Document(new { name = call.Get(Name), done = true });
        else call.Output.Line($"{call.Get(Name)} is {what}");
        return 0;
    }

    private static async Task<IReadOnlyList<BudgetView>> DeskAsync(CliCall call, CancellationToken cancellationToken) =>
        await (await call.ServicesAsync(cancellationToken)).GetRequiredService<BudgetDesk>().ListAsync(cancellationToken);

    private static async Task DoAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (BudgetException fault)
        {
            throw new CliException(fault.Message);
        }
    }

    private static long? Money(string? dollars)
    {
        if (dollars is null) return null;
        return decimal.TryParse(dollars, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount <= BudgetRules.Largest / 1_000_000m && decimal.Truncate(amount * 1_000_000m) == amount * 1_000_000m
            ? (long)(amount * 1_000_000m)
            : throw new CliException($"--dollars {dollars}: write an amount such as 12.50, with six digits behind the point at most", 2);
    }
}

/// <summary>One line of <c>admin budgets list</c>.</summary>
internal sealed record BudgetLine(
    string Name, bool Enabled, string? Per, string? Window, string? Unit, long? Limit, IReadOnlyList<string> Of, IReadOnlyList<string> Models, string? TimeZone, string? UnknownPrice, string Source, long Version,
    DateTime? UpdatedAt, string? UpdatedBy)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public string Amount { get; init; } = "";

    [System.Text.Json.Serialization.JsonIgnore]
    public string? Unpriced { get; init; }

    public static BudgetLine From(BudgetView view) => new(
        view.Name, view.Enabled, view.Budget?.Per.ToString().ToLowerInvariant(), view.Budget?.Window.ToString().ToLowerInvariant(), view.Budget is null ? null : BudgetText.Word(view.Budget.Unit), view.Budget?.Limit,
        view.Budget?.Of ?? [], view.Budget?.Models ?? [], view.Budget?.TimeZone, view.Budget?.UnknownPrice is { } price ? ValueText.Show(price) : null, view.Source, view.Version, view.UpdatedAt, view.UpdatedBy)
    {
        Amount = view.Amount,
        Unpriced = BudgetText.Unpriced(view.Budget?.UnknownPrice),
    };
}
