using Npgsql;

namespace Systemprompt.Extensions;

/// <summary>Publishes events: to handlers of any extension, to users who listen, to webhooks outside.</summary>
public interface IEvents
{
    /// <summary>Publishes an event.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="data">What it says: at most 64 KB as JSON.</param>
    /// <param name="audience">Who may see it besides handlers, administrators and webhooks; null for nobody.</param>
    /// <param name="transaction">The caller's transaction: the event is published when that commits, or never. Null for one of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The data is too long, or the kind's name is not well-formed.</exception>
    Task PublishAsync<T>(EventKind<T> kind, T data, Audience? audience = null, NpgsqlTransaction? transaction = null, CancellationToken cancellationToken = default);
}

/// <summary>Who may see an event.</summary>
public sealed record Audience
{
    private Audience(string text) => Text = text;

    /// <summary>Every authenticated caller.</summary>
    public static Audience Everyone { get; } = new("everyone");

    internal string Text { get; }

    /// <summary>One user, by login.</summary>
    public static Audience User(string login) => new($"user:{login}");
}
