using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Extensions;

namespace Systemprompt.Events;

/// <summary>The way in for every process: the server, a command.</summary>
internal sealed partial class EventPublisher(NpgsqlDataSource database, EventStore store, Announcer announcer) : IEvents
{
    private const int LongestData = 64 * 1024;

    public async Task PublishAsync<T>(EventKind<T> kind, T data, Audience? audience, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kind);
        if (!KindName().IsMatch(kind.Name)) throw new ArgumentException($"'{kind.Name}' is no kind of event: extension.what, lower-case letters, digits and underscores, at most 100", nameof(kind));
        var json = JobJson.Write(data);
        if (Encoding.UTF8.GetByteCount(json) > LongestData) throw new ArgumentException($"an event says at most {LongestData / 1024} KB as JSON; store what is larger and say its id", nameof(data));
        if (json.Contains("\\u0000", StringComparison.Ordinal)) json = json.Replace("\\u0000", "\\ufffd", StringComparison.Ordinal);
        if (transaction is not null)
        {
            await store.InsertAsync(transaction.Connection!, kind.Name, json, audience?.Text, announcer.Take(), cancellationToken);
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await store.InsertAsync(connection, kind.Name, json, audience?.Text, announcer.Take(), cancellationToken);
    }

    [GeneratedRegex(@"\A(?=.{3,100}\z)[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\z")]
    private static partial Regex KindName();
}
