using Dapper;
using Npgsql;
using NpgsqlTypes;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Logging;

/// <summary>Log lines in PostgreSQL.</summary>
internal sealed class LogStore(NpgsqlDataSource database, Profile profile, HostInfo info)
{
    private const string CopyDetails = "copy logging.details (at, tenant, level, event, room, category, message, fields, error, trace, login, session, instance, seq) from stdin (format binary)";
    private const string CopyAlerts = "copy logging.alerts (at, tenant, level, event, room, category, message, fields, error, trace, login, session, instance, seq) from stdin (format binary)";

    private const string Where =
        """
        tenant = @Tenant and level >= @Level and (@Since::timestamptz is null or at >= @Since) and (@Until::timestamptz is null or at < @Until)
        and (@Login::text is null or login = @Login) and (@Session::text is null or session = @Session) and (@Trace::text is null or trace = @Trace)
        and (@Room::text is null or room = @Room) and (@Text::text is null or message ilike @Text or error ilike @Text)
        """;

    private const string Columns =
        """
        at as "At", level as "Level", event as "Event", room as "Room", category as "Category", message as "Message", fields::text as "Fields", error as "Error",
        trace as "Trace", login as "Login", session as "Session", instance as "Instance", seq as "Seq"
        """;

    /// <summary>Writes lines. They are worth no fsync: a crash of the server may cost the last moments.</summary>
    public async Task WriteAsync(IReadOnlyList<LogEntry> lines, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var relax = new NpgsqlCommand("set local synchronous_commit = off", connection, transaction)) await relax.ExecuteNonQueryAsync(cancellationToken);
        await CopyAsync(connection, CopyDetails, lines.Where(line => line.Level < Microsoft.Extensions.Logging.LogLevel.Warning), cancellationToken);
        await CopyAsync(connection, CopyAlerts, lines.Where(line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Lines, newest first.</summary>
    public async Task<IReadOnlyList<LogRow>> ListAsync(LogFilter filter, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from logging.entries where {Where} order by at desc, seq desc limit @Limit";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<LogRow>(new CommandDefinition(sql, Parameters(filter, limit), cancellationToken: cancellationToken))];
    }

    /// <summary>Lines, oldest first, as many as there are; none of them held.</summary>
    public async IAsyncEnumerable<LogRow> ReadAsync(LogFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const string sql = $"select {Columns} from logging.entries where {Where} order by at, seq";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await foreach (var row in connection.QueryUnbufferedAsync<LogRow>(sql, Parameters(filter, 0)).WithCancellation(cancellationToken)) yield return row;
    }

    /// <summary>How many lines of each level and room there are.</summary>
    public async Task<IReadOnlyList<LogCount>> CountAsync(LogFilter filter, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select room as "Room", level as "Level", count(*) as "Lines", max(at) as "Last",
                   coalesce(sum((fields->>'Dropped')::bigint) filter (where event = 2302), 0) as "Dropped"
              from logging.entries
             where {Where}
             group by room, level
             order by level desc, count(*) desc, room
            """;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<LogCount>(new CommandDefinition(sql, Parameters(filter, 0), cancellationToken: cancellationToken))];
    }

    private async Task CopyAsync(NpgsqlConnection connection, string copy, IEnumerable<LogEntry> lines, CancellationToken cancellationToken)
    {
        NpgsqlBinaryImporter? importer = null;
        try
        {
            foreach (var line in lines)
            {
                importer ??= await connection.BeginBinaryImportAsync(copy, cancellationToken);
                await importer.StartRowAsync(cancellationToken);
                await importer.WriteAsync(line.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
                await importer.WriteAsync(profile.Tenant, NpgsqlDbType.Text, cancellationToken);
                await importer.WriteAsync((short)line.Level, NpgsqlDbType.Smallint, cancellationToken);
                await importer.WriteAsync(line.Event, NpgsqlDbType.Integer, cancellationToken);
                await importer.WriteAsync(RoomOf(line.Category), NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Category, NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Message, NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Fields, NpgsqlDbType.Json, cancellationToken);
                await WriteAsync(importer, line.Error, NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Trace, NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Login, NpgsqlDbType.Text, cancellationToken);
                await WriteAsync(importer, line.Session, NpgsqlDbType.Text, cancellationToken);
                await importer.WriteAsync(info.Instance, NpgsqlDbType.Text, cancellationToken);
                await importer.WriteAsync(line.Seq, NpgsqlDbType.Bigint, cancellationToken);
            }

            if (importer is not null) await importer.CompleteAsync(cancellationToken);
        }
        finally
        {
            if (importer is not null) await importer.DisposeAsync();
        }
    }

    private static Task WriteAsync(NpgsqlBinaryImporter importer, string? text, NpgsqlDbType type, CancellationToken cancellationToken) =>
        text is null ? importer.WriteNullAsync(cancellationToken) : importer.WriteAsync(Clean(text), type, cancellationToken);

    /// <summary>PostgreSQL takes neither NUL nor half a surrogate pair.</summary>
    private static string Clean(string text)
    {
        if (!text.AsSpan().Contains('\0') && text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0) return text;
        return string.Concat(text.EnumerateRunes().Select(static rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }

    /// <summary>The part of the product, or the first words of a foreign category.</summary>
    internal static string RoomOf(string category)
    {
        var parts = category.Split('.', 3);
        return parts.Length > 1 && parts[0] == "Systemprompt" ? parts[1].ToLowerInvariant() : parts[0].ToLowerInvariant();
    }

    private object Parameters(LogFilter filter, int limit) => new
    {
        profile.Tenant, filter.Level, Since = filter.Since?.UtcDateTime, Until = filter.Until?.UtcDateTime, filter.Login, filter.Session, filter.Trace, filter.Room,
        Text = filter.Text is { } text ? $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%" : null, Limit = limit,
    };
}

/// <summary>Which lines.</summary>
internal sealed record LogFilter
{
    /// <summary>The least severe: 0 trace to 5 critical.</summary>
    public short Level { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    public string? Login { get; init; }

    public string? Session { get; init; }

    public string? Trace { get; init; }

    public string? Room { get; init; }

    /// <summary>Part of the message or the error, in any case.</summary>
    public string? Text { get; init; }
}

/// <summary>A line as the table has it.</summary>
internal sealed record LogRow
{
    public DateTime At { get; init; }

    public short Level { get; init; }

    public int Event { get; init; }

    public string Room { get; init; } = "";

    public string Category { get; init; } = "";

    public string Message { get; init; } = "";

    public string? Fields { get; init; }

    public string? Error { get; init; }

    public string? Trace { get; init; }

    public string? Login { get; init; }

    public string? Session { get; init; }

    public string Instance { get; init; } = "";

    public long Seq { get; init; }
}

/// <summary>How many lines of a level a room wrote.</summary>
internal sealed record LogCount
{
    public string Room { get; init; } = "";

    public short Level { get; init; }

    public long Lines { get; init; }

    public DateTime Last { get; init; }

    /// <summary>Lines that were dropped because the queue was full, as far as that could be written.</summary>
    public decimal Dropped { get; init; }
}
