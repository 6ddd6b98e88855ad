using System.Buffers.Binary;
using System.Numerics;
using Npgsql;
using NpgsqlTypes;

namespace Systemprompt.Audit;

/// <summary>
/// Writes a table's rows as prepared INSERTs, for batches too small to be worth a COPY: all of them, the writer's head and the commit go in one
/// message, where a COPY takes two round trips for each table. The rows are those of the COPY data; nothing of them is encoded again. They go in
/// statements of 16, 8, 4, 2 and 1 rows, so that five prepared statements do for any number and few of them for many rows.
/// </summary>
internal sealed class RowInsert
{
    private const int LargestShift = 4;

    private readonly NpgsqlDbType[] _types;
    private readonly Statement[] _statements;

    /// <param name="table">The table.</param>
    /// <param name="types">Its columns and their types, as the database says.</param>
    public RowInsert(AuditTable table, IReadOnlyDictionary<string, string> types)
    {
        _types = [.. AuditStore.AllColumns(table).Select(column => TypeOf(types[column]))];
        _statements = [.. Enumerable.Range(0, LargestShift + 1).Select(shift => new Statement(AuditStore.Insert(table, 1 << shift)))];
    }

    /// <summary>Adds rows to a batch.</summary>
    /// <param name="batch">The batch. It is sent before the next call.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="rows">COPY data without its header and end.</param>
    public void AddTo(NpgsqlBatch batch, int count, ReadOnlyMemory<byte> rows)
    {
        foreach (var statement in _statements) statement.Used = 0;
        while (count > 0)
        {
            var shift = Math.Min(BitOperations.Log2((uint)count), LargestShift);
            var command = Command(_statements[shift], 1 << shift);
            rows = Fill(command.Parameters, rows);
            batch.BatchCommands.Add(command);
            count -= 1 << shift;
        }
    }

    private ReadOnlyMemory<byte> Fill(NpgsqlParameterCollection parameters, ReadOnlyMemory<byte> rows)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            var column = i % _types.Length;
            // Before a row's fields stands their number.
            if (column == 0) rows = rows[sizeof(short)..];
            var length = BinaryPrimitives.ReadInt32BigEndian(rows.Span);
            rows = rows[sizeof(int)..];
            // A bare null would become an empty memory here, not an absent one.
            Set(parameters[i], _types[column], length < 0 ? default(ReadOnlyMemory<byte>?) : rows[..length]);
            if (length > 0) rows = rows[length..];
        }

        return rows;
    }

    private static NpgsqlDbType TypeOf(string type) => type switch
    {
        "uuid" => NpgsqlDbType.Uuid,
        "timestamp with time zone" => NpgsqlDbType.TimestampTz,
        "bigint" => NpgsqlDbType.Bigint,
        "integer" => NpgsqlDbType.Integer,
        "boolean" => NpgsqlDbType.Boolean,
        "text" => NpgsqlDbType.Text,
        "json" => NpgsqlDbType.Json,
        "bytea" => NpgsqlDbType.Bytea,
        _ => throw new NotSupportedException($"CopyTuple writes no {type}."),
    };

    private static void Set(NpgsqlParameter parameter, NpgsqlDbType type, ReadOnlyMemory<byte>? field)
    {
        switch (type)
        {
            case NpgsqlDbType.Uuid:
                ((NpgsqlParameter<Guid?>)parameter).TypedValue = field is { } uuid ? new Guid(uuid.Span, bigEndian: true) : null;
                break;
            // The driver takes a timestamp as it goes over the wire: microseconds since 2000.
            case NpgsqlDbType.Bigint or NpgsqlDbType.TimestampTz:
                ((NpgsqlParameter<long?>)parameter).TypedValue = field is { } number ? BinaryPrimitives.ReadInt64BigEndian(number.Span) : null;
                break;
            case NpgsqlDbType.Integer:
                ((NpgsqlParameter<int?>)parameter).TypedValue = field is { } small ? BinaryPrimitives.ReadInt32BigEndian(small.Span) : null;
                break;
            case NpgsqlDbType.Boolean:
                ((NpgsqlParameter<bool?>)parameter).TypedValue = field is { } flag ? flag.Span[0] != 0 : null;
                break;
            default:
                ((NpgsqlParameter<ReadOnlyMemory<byte>?>)parameter).TypedValue = field;
                break;
        }
    }

    private NpgsqlBatchCommand Command(Statement statement, int rows)
    {
        if (statement.Used == statement.Commands.Count)
        {
            var command = new NpgsqlBatchCommand(statement.Text);
            for (var row = 0; row < rows; row++)
                foreach (var type in _types) command.Parameters.Add(Parameter(type));
            statement.Commands.Add(command);
        }

        return statement.Commands[statement.Used++];
    }

    private static NpgsqlParameter Parameter(NpgsqlDbType type) => type switch
    {
        NpgsqlDbType.Uuid => new NpgsqlParameter<Guid?> { NpgsqlDbType = type },
        NpgsqlDbType.Bigint or NpgsqlDbType.TimestampTz => new NpgsqlParameter<long?> { NpgsqlDbType = type },
        NpgsqlDbType.Integer => new NpgsqlParameter<int?> { NpgsqlDbType = type },
        NpgsqlDbType.Boolean => new NpgsqlParameter<bool?> { NpgsqlDbType = type },
        _ => new NpgsqlParameter<ReadOnlyMemory<byte>?> { NpgsqlDbType = type },
    };

    /// <summary>An INSERT of so many rows, and the commands that carry it, which are used again.</summary>
    private sealed class Statement(string text)
    {
        public string Text { get; } = text;

        public List<NpgsqlBatchCommand> Commands { get; } = [];

        public int Used { get; set; }
    }
}
