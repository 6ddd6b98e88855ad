using Npgsql;

namespace Systemprompt.Audit.Bodies;

/// <summary>Bodies in PostgreSQL.</summary>
internal sealed class BodyStore(NpgsqlDataSource database, WriterOrigin origin)
{
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(2);

    /// <summary>Writes bodies. One that is there already stays as it is.</summary>
    public async Task WriteAsync(IReadOnlyList<KeptBody> bodies, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into audit.bodies (id, at, tenant, key_id, request, answer, request_bytes, answer_bytes)
            select b.id, b.at, $1, b.key_id, b.request, b.answer, b.request_bytes, b.answer_bytes
              from unnest($2, $3, $4, $5, $6, $7, $8) as b (id, at, key_id, request, answer, request_bytes, answer_bytes)
            on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = origin.Tenant });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.Id).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.At.UtcDateTime).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.KeyId).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.Request).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.Answer).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.RequestBytes).ToArray() });
        command.Parameters.Add(new() { Value = bodies.Select(body => body.AnswerBytes).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The bodies of a call; null when none are kept.</summary>
    public async Task<KeptBody?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        // A call's id holds its millisecond, which spares looking through every day.
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() / 2));
        return await FindAsync(id, at, cancellationToken);
    }

    private async Task<KeptBody?> FindAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select id, at, key_id, request, answer, request_bytes, answer_bytes from audit.bodies where tenant = $1 and id = $2 and at between $3 and $4");
        command.Parameters.Add(new() { Value = origin.Tenant });
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = (at - Around).UtcDateTime });
        command.Parameters.Add(new() { Value = (at + Around).UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new KeptBody
        {
            Id = reader.GetGuid(0),
            At = reader.GetFieldValue<DateTimeOffset>(1),
            KeyId = reader.GetString(2),
            Request = reader.GetFieldValue<byte[]>(3),
            Answer = reader.GetFieldValue<byte[]>(4),
            RequestBytes = reader.GetInt64(5),
            AnswerBytes = reader.GetInt64(6),
        };
    }
}
