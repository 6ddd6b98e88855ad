using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Events;

/// <summary><c>infra events …</c> and <c>infra webhooks …</c></summary>
internal static class EventsCommands
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly Option<string?> Kind = new("--kind") { Description = "Only this kind." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, up to 1000.", DefaultValueFactory = static _ => 20 };
    private static readonly Option<string?> Kinds = new("--kinds") { Description = "Kinds, or beginnings with a star, separated by commas." };
    private static readonly Argument<string> Name = new("name") { Description = "The webhook's name." };
    private static readonly Option<string> Url = new("--url") { Description = "Where to send to.", Required = true };

    public static void Map(CommandMap commands)
    {
        commands.Map("infra events list", "Lists the newest events.", "infra events list --kind billing.entry_added", [Kind, Limit], ListAsync);
        commands.Map("infra events tail", "Prints events as they are published, one JSON object a line, until Ctrl-C.", "infra events tail --kinds 'billing.*'", [Kinds], TailAsync);
        commands.Map("infra webhooks list", "Lists webhooks.", "infra webhooks list", [], WebhooksAsync);
        commands.Map("infra webhooks create", "Adds a webhook and prints the key that signs what it gets, this once, alone on stdout.", "infra webhooks create crm --url https://crm.example.com/hook --kinds 'billing.*'",
            [Name, Url, Kinds], CreateAsync);
        commands.Map("infra webhooks enable", "Enables a webhook again.", "infra webhooks enable crm", [Name], (call, token) => ChangeAsync(call, desk => desk.SetAsync(call.Get(Name)!, true, "cli", token), "enabled", token));
        commands.Map("infra webhooks disable", "Disables a webhook: what waits for it is not sent any more.", "infra webhooks disable crm", [Name], (call, token) =>
            ChangeAsync(call, desk => desk.SetAsync(call.Get(Name)!, false, "cli", token), "disabled", token));
        commands.Map("infra webhooks delete", "Deletes a webhook and its key.", "infra webhooks delete crm", [Name], (call, token) => ChangeAsync(call, desk => desk.DeleteAsync(call.Get(Name)!, "cli", token), "deleted", token));
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(Limit) is < 1 or > 1000) throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 1000", 2);
        var events = await (await ServiceAsync<EventStore>(call, cancellationToken)).NewestAsync(call.Get(Kind), call.Get(Limit), cancellationToken);
        call.Output.List(events.Select(EventView.Of).ToList(), ("id", shown => shown.Id), ("at", shown => shown.At), ("kind", shown => shown.Kind), ("audience", shown => shown.Audience), ("data", shown => shown.Data));
        return 0;
    }

    private static async Task<int> TailAsync(CliCall call, CancellationToken cancellationToken)
    {
        var store = await ServiceAsync<EventStore>(call, cancellationToken);
        var (last, wants) = ((await store.KeptAsync(cancellationToken))?.Last ?? 0, StreamEndpoint.Filter(call.Get(Kinds) ?? ""));
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var happened in await store.AfterAsync(last, 500, cancellationToken))
            {
                last = happened.Id;
                if (wants(happened.Kind)) call.Output.Line(JsonSerializer.Serialize(EventView.Of(happened), JsonSerializerOptions.Web));
            }

            await Task.Delay(Look, call.Composition.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    private static async Task<int> WebhooksAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.List(
            await (await ServiceAsync<WebhookStore>(call, cancellationToken)).ListAsync(cancellationToken),
            ("name", hook => hook.Name), ("kinds", hook => string.Join(", ", hook.Kinds)), ("enabled", hook => hook.DisabledAt is null), ("url", hook => hook.Url), ("why not", hook => hook.DisabledBecause));
        return 0;
    }

    private static async Task<int> CreateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var desk = await ServiceAsync<WebhookDesk>(call, cancellationToken);
        var kinds = (call.Get(Kinds) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var key = await DoAsync(() => desk.CreateAsync(call.Get(Name)!, call.Get(Url)!, kinds, "cli", cancellationToken));
        if (call.Output.IsJson) call.Output.Document(new { name = call.Get(Name), key });
        else call.Output.Line(key);
        return 0;
    }

    private static async Task<int> ChangeAsync(CliCall call, Func<WebhookDesk, Task> change, string word, CancellationToken cancellationToken)
    {
        var desk = await ServiceAsync<WebhookDesk>(call, cancellationToken);
        await DoAsync(async () =>
        {
            await change(desk);
            return true;
        });
        if (call.Output.IsJson) call.Output.Document(new { name = call.Get(Name), state = word });
        else call.Output.Line($"{call.Get(Name)} is {word}");
        return 0;
    }

    private static async Task<T> DoAsync<T>(Func<Task<T>> change)
    {
        try
        {
            return await change();
        }
        catch (WebhookException fault)
        {
            throw new CliException(fault.Message);
        }
    }

    private static async Task<T> ServiceAsync<T>(CliCall call, CancellationToken cancellationToken)
        where T : notnull => (await call.ServicesAsync(cancellationToken)).GetRequiredService<T>();
}

/// <summary>An event as JSON shows it.</summary>
internal sealed record EventView(long Id, DateTimeOffset At, string Kind, string? Audience, JsonElement Data)
{
    public static EventView Of(LoggedEvent happened) => new(happened.Id, happened.At, happened.Kind, happened.Audience, JsonElement.Parse(happened.Data));
}
