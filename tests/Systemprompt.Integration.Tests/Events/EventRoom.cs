using System.Collections.Concurrent;
using Systemprompt.Extensions;

namespace Systemprompt.Integration.Tests.Events;

internal sealed record Noticed(string Text);

/// <summary>An extension of a customer that publishes and handles.</summary>
[Extension("bell", Description = "Rings.")]
internal sealed class EventRoom : Extension
{
    public static readonly EventKind<Noticed> Rung = new("bell.rung");

    public ConcurrentQueue<(long Id, string Text)> Once { get; } = new();

    public ConcurrentQueue<(long Id, string Text)> Everywhere { get; } = new();

    public override IReadOnlyList<EventHandlerRegistration> EventHandlers =>
    [
        EventHandlerRegistration.Once(Rung, "bell.once", (_, happened, _) =>
        {
            Once.Enqueue((happened.Id, happened.Data.Text));
            return happened.Data.Text == "fail first" && Once.Count(seen => seen.Text == "fail first") == 1 ? throw new InvalidOperationException("the first time") : Task.CompletedTask;
        }),
        EventHandlerRegistration.Everywhere(Rung, "bell.everywhere", (_, happened, _) =>
        {
            Everywhere.Enqueue((happened.Id, happened.Data.Text));
            return Task.CompletedTask;
        }),
        EventHandlerRegistration.Everywhere(Rung, "bell.broken", (_, _, _) => throw new InvalidOperationException("always")),
    ];
}
