using Npgsql;

namespace Systemprompt.Audit.Bodies;

/// <summary>Reads who looked at bodies.</summary>
internal sealed class AccessStore(NpgsqlDataSource database) : IAuditSource
{
    private const string Of = "body_access";

    private readonly EntryStore _entries = new(database, new EntryTable("audit.accesses", "id, at, tenant, request_id, host, actor", "at", Entry) { User = "actor" });

    public string Kind => Of;

    public IAsyncEnumerable<AuditEntry> ReadAsync(AuditFilter filter, CancellationToken cancellationToken) => _entries.ReadAsync(filter, cancellationToken);

    public Task<AuditEntry?> FindAsync(Guid id, CancellationToken cancellationToken) => _entries.FindAsync(id, cancellationToken);

    private static AuditEntry Entry(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        At = reader.GetFieldValue<DateTimeOffset>(1),
        Kind = Of,
        Tenant = reader.GetString(2),
        UserId = reader.IsDBNull(5) ? null : reader.GetString(5),
        Status = "read",
        Summary = $"bodies of {reader.GetGuid(3)}",
        Details = new Dictionary<string, object?> { ["request_id"] = reader.GetGuid(3), ["host"] = reader.GetString(4), ["verdict"] = null },
    };
}
