namespace Systemprompt.Extensions;

/// <summary>The stable name of a kind of event, and what it says. Kept where whoever publishes or listens can see it.</summary>
/// <param name="name"><c>extension.what</c> in the past tense, such as <c>billing.entry_added</c>. Webhooks outside know it: never rename it.</param>
/// <typeparam name="T">What it says; written as JSON.</typeparam>
public sealed class EventKind<T>(string name)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>An event as its handlers see it.</summary>
/// <param name="Id">Rises from event to event; unique.</param>
/// <param name="At">When it was published.</param>
/// <param name="Data">What it says.</param>
public sealed record Event<T>(long Id, DateTimeOffset At, T Data);
