using System.Buffers;
using System.Collections.Concurrent;
using Systemprompt.Ai;
using Systemprompt.Audit;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>An audit trail in memory that can be slow or away.</summary>
internal sealed class MemoryAuditLog : IAuditLog
{
    private readonly ConcurrentQueue<AuditRow> _rows = new();
    private readonly TaskCompletionSource<SettledRow> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Awaited before a row is committed.</summary>
    public Func<AuditRow, Task> Before { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<AuditRow> Rows => [.. _rows];

    public OpenedRow Opened => Rows.OfType<OpenedRow>().ShouldHaveSingleItem();

    public SettledRow Settled => Rows.OfType<SettledRow>().ShouldHaveSingleItem();

    /// <summary>Makes rows of a kind impossible to commit.</summary>
    public void Refuse<T>()
        where T : AuditRow => Before = row => row is T ? throw new AuditUnavailableException("the test said no") : Task.CompletedTask;

    public async ValueTask CommitAsync(AuditRow row, CancellationToken cancellationToken)
    {
        await Before(row);
        Add(row);
    }

    public async ValueTask CommitAsync(AuditRow first, AuditRow second, CancellationToken cancellationToken)
    {
        await Before(first);
        await Before(second);
        Add(first);
        Add(second);
    }

    /// <summary>Waits for the call's end.</summary>
    public Task<SettledRow> SettledAsync() => _settled.Task.WaitAsync(TimeSpan.FromSeconds(20));

    private void Add(AuditRow row)
    {
        // As the writer does: what cannot be encoded must fail here and not in production.
        var buffer = new ArrayBufferWriter<byte>();
        var tuple = new CopyTuple(buffer);
        row.Write(ref tuple);
        row.WritePersonal(ref tuple);
        _rows.Enqueue(row);
        if (row is SettledRow settled) _settled.TrySetResult(settled);
    }
}
