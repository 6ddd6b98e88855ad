using Systemprompt.Extensions;

namespace Systemprompt.Events;

/// <summary>What <see cref="HandleJob"/> is told.</summary>
internal sealed record HandleArgs(string Handler, long Event);

/// <summary>Runs a handler on an event, until it succeeds.</summary>
internal sealed class HandleJob(EventHandlers handlers, EventStore store) : Job<HandleArgs>
{
    public static readonly JobKind<HandleArgs> Kind = new("events.handle");

    public override async Task RunAsync(HandleArgs args, JobContext context, CancellationToken cancellationToken)
    {
        var handler = handlers.Find(args.Handler) ?? throw new JobDiscardException($"there is no event handler '{args.Handler}' in this binary any more");
        var happened = await store.FindAsync(args.Event, cancellationToken) ?? throw new JobDiscardException($"event {args.Event} is not kept any more (events.keep)");
        await handlers.RunAsync(handler, happened, cancellationToken);
    }
}
