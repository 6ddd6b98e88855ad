using Npgsql;
using NpgsqlTypes;
using Systemprompt.Extensions;

namespace Systemprompt.Files;

/// <summary>Contents in PostgreSQL, in chunks. Each statement stands alone: no connection is held while somebody sends or reads slowly.</summary>
internal sealed class ChunkStore(NpgsqlDataSource database)
{
    /// <summary>Bytes of every chunk but the last.</summary>
    public const int Length = 256 * 1024;

    private const int DeletedAtOnce = 256;

    /// <summary>
    /// Adds a chunk. Its commit does not wait for the disk: the log is written in order, and the commit that makes the file known comes later and waits.
    /// </summary>
    public async Task InsertAsync(FileBlob blob, int number, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await using var command = Command("insert into files.chunks (tenant, blob, number, data) select $1, $2, $3, $4 from set_config('synchronous_commit', 'off', true)", blob);
        command.Parameters.Add(new() { Value = number });
        command.Parameters.Add(new() { Value = data, NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads a chunk, straight from the connection.</summary>
    /// <returns>How many bytes it has; -1 when there is none.</returns>
    public async Task<int> ReadAsync(FileBlob blob, int number, Memory<byte> into, CancellationToken cancellationToken)
    {
        await using var command = Command("select data from files.chunks where tenant = $1 and blob = $2 and number = $3", blob);
        command.Parameters.Add(new() { Value = number });
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess | System.Data.CommandBehavior.SingleRow, cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return -1;
        await using var data = await reader.GetStreamAsync(0, cancellationToken);
        return await data.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, cancellationToken);
    }

    /// <summary>How many bytes a content has; null when it has no chunk.</summary>
    public async Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken)
    {
        await using var command = Command($"select number::bigint * {Length} + octet_length(data) from files.chunks where tenant = $1 and blob = $2 order by number desc limit 1", blob);
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Deletes a content, so many chunks at a time that no statement takes long.</summary>
    public async Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var command = Command(
                $"delete from files.chunks where tenant = $1 and blob = $2 and number = any(array(select number from files.chunks where tenant = $1 and blob = $2 order by number limit {DeletedAtOnce}))", blob);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < DeletedAtOnce) return;
        }
    }

    private NpgsqlCommand Command(string sql, FileBlob blob)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = blob.Tenant });
        command.Parameters.Add(new() { Value = blob.Id });
        return command;
    }
}
