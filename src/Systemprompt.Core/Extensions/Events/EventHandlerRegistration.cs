namespace Systemprompt.Extensions;

/// <summary>What an extension does when something happens.</summary>
public abstract class EventHandlerRegistration
{
    private protected EventHandlerRegistration(string kind, string name, bool once) => (Kind, Name, RunsOnce) = (kind, name, once);

    /// <summary>The kind of event.</summary>
    public string Kind { get; }

    /// <summary>Tells handlers apart: <c>extension.what</c>. Stored with work that is under way, so never renamed.</summary>
    public string Name { get; }

    /// <summary>True: one process does it, as a job, until it succeeds. False: every process does it, as far as it is running.</summary>
    public bool RunsOnce { get; }

    /// <summary>
    /// One process of all handles each event, as a job: again when it fails, at least once, also after a crash. What it does has to be harmless
    /// the second time; <see cref="Event{T}.Id"/> is the same.
    /// </summary>
    public static EventHandlerRegistration Once<T>(EventKind<T> kind, string name, Func<IServiceProvider, Event<T>, CancellationToken, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return new Registration<T>(kind.Name, name, once: true, handle);
    }

    /// <summary>Every process handles each event that is published while it runs: to refresh what it holds in memory. Not tried again.</summary>
    public static EventHandlerRegistration Everywhere<T>(EventKind<T> kind, string name, Func<IServiceProvider, Event<T>, CancellationToken, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return new Registration<T>(kind.Name, name, once: false, handle);
    }

    internal abstract Task HandleAsync(IServiceProvider services, long id, DateTimeOffset at, string data, CancellationToken cancellationToken);

    private sealed class Registration<T>(string kind, string name, bool once, Func<IServiceProvider, Event<T>, CancellationToken, Task> handle) : EventHandlerRegistration(kind, name, once)
    {
        internal override Task HandleAsync(IServiceProvider services, long id, DateTimeOffset at, string data, CancellationToken cancellationToken) =>
            handle(services, new Event<T>(id, at, JobJson.Read<T>(data)), cancellationToken);
    }
}
