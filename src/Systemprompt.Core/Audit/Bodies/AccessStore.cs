using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit.Bodies;

/// <summary>Reads who looked at bodies.</summary>
internal sealed class AccessStore(NpgsqlDataSource database) : IAuditSource
{
    private const string Columns = "id, at, tenant, request_id, host, actor";

    public string Kind => "body_access";

    public async IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // It has none of these.
        if (filter is not { Model: null, Status: null, Session: null, Tool: null }) yield break;
        await using var command = database.CreateCommand(
            $"""
             select {Columns}
               from audit.accesses
              where ($1 is null or at >= $1) and ($2 is null or at < $2) and ($3 is null or actor = $3)
              order by id {(filter.NewestFirst ? "desc" : "asc")}
              limit $4
             """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = Or(filter.Since?.UtcDateTime), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = Or(filter.Until?.UtcDateTime), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = Or(filter.User), NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Or(filter.Limit), NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return Entry(reader);
    }

    public async Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns} from audit.accesses where id = $1");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Entry(reader) : null;
    }

    private AuditEntry Entry(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        At = reader.GetFieldValue<DateTimeOffset>(1),
        Kind = Kind,
        Tenant = reader.GetString(2),
        UserId = reader.IsDBNull(5) ? null : reader.GetString(5),
        Status = "read",
        Summary = $"bodies of {reader.GetGuid(3)}",
        Details = new Dictionary<string, object?> { ["request_id"] = reader.GetGuid(3), ["host"] = reader.GetString(4), ["verdict"] = null },
    };

    private static object Or(object? value) => value ?? DBNull.Value;
}
