using System.Buffers;
using Microsoft.Extensions.Logging;
using Systemprompt.Cli;
using Systemprompt.Database;

namespace Systemprompt.Audit.Journal;

/// <summary>
/// Takes rows while the database cannot (<c>audit.mode: journal</c>): appended to a file and flushed, many callers together, before their calls go on. What is in
/// it is written to the database when that is back (<see cref="JournalReplay"/>). Bounded: beyond <c>audit.journal_max</c> it takes nothing, and calls are
/// refused as in the mode <c>refuse</c>; the last eighth is for the ends of calls, so that what was opened can be settled.
/// </summary>
internal sealed partial class AuditJournal(AuditSettings settings, JournalFolder folder, WriterOrigin origin, TimeProvider clock, ILogger<AuditJournal> logger) : IWithoutDatabase, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0), _files = new(1, 1);
    private readonly ArrayBufferWriter<byte> _records = new(64 * 1024), _content = new(4096);
    private readonly Queue<JournalFile> _sealed = new();
    private List<PendingCommit> _waiting = [], _writing = [];
    private Func<PendingCommit, bool> _fallBack = static _ => false;
    private FileStream? _place;
    private JournalFile? _current;
    private int _number;
    private long _bytes, _rows;
    private bool _isFull;
    private volatile string? _fault;

    /// <summary>Whether rows may go here at all: the mode says so, and the audit trail runs.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Whether calls go on while the database is away.</summary>
    public bool IsServing => IsOn && Fault is null;

    /// <summary>Rows that are here and not yet in the database.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>What they take.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Why it takes nothing in this outage; null while it does.</summary>
    public string? Fault => _fault ?? (Volatile.Read(ref _isFull) ? $"the journal is full ({settings.JournalMax})" : null);

    /// <summary>Takes this process's place in the folder.</summary>
    /// <param name="fallBack">Where the end of a call goes that could not be written here.</param>
    /// <exception cref="CliException">The folder cannot be written to.</exception>
    public void Start(Func<PendingCommit, bool> fallBack)
    {
        if (settings.Mode != AuditMode.Journal) return;
        try
        {
            _place = folder.Enter(origin.Instance);
        }
        catch (IOException exception)
        {
            throw new CliException($"audit.mode journal needs a folder that this process can write to: {exception.Message}. Set storage.path, or audit.mode: refuse.");
        }

        _fallBack = fallBack;
        IsOn = true;
    }

    /// <summary>Takes a call's rows; its caller is answered when they are on the disk.</summary>
    /// <param name="pending">The call.</param>
    /// <param name="isQueued">True when the writer has it too, and lets go of it by itself.</param>
    /// <returns>False when there is no room.</returns>
    public bool TryAppend(PendingCommit pending, bool isQueued)
    {
        if (!IsOn) return false;
        var size = JournalRecord.SizeOf(pending);
        var room = settings.JournalMax.Bytes - (pending.KeepTrying ? 0 : settings.JournalMax.Bytes / 8);
        lock (_lock)
        {
            if (!IsOn || _bytes + size > room || _waiting.Count >= settings.QueueCapacity)
            {
                if (!_isFull) Full(logger, settings.JournalMax.ToString());
                _isFull = true;
                return false;
            }

            _isFull = false;
            _bytes += size;
            if (isQueued) pending.Hold();
            pending.IsQueued = isQueued;
            _waiting.Add(pending);
            if (_waiting.Count == 1) _work.Release();
            return true;
        }
    }

    /// <summary>One turn of the loop <c>audit.journal</c>: writes what waits.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await _work.WaitAsync(cancellationToken);
        await _files.WaitAsync(CancellationToken.None);
        try
        {
            lock (_lock) (_waiting, _writing) = (_writing, _waiting);
            if (_writing.Count > 0) Write();
        }
        finally
        {
            lock (_lock) _writing.Clear();
            _files.Release();
        }
    }

    /// <summary>Callers that have waited too long for the disk give up.</summary>
    public void ExpireWaiting(long now)
    {
        lock (_lock)
        {
            foreach (var pending in _waiting.Concat(_writing))
                if (pending.Deadline <= now) pending.TryAnswer(new AuditUnavailableException("The audit row was not written to the journal in time."));
        }
    }

    /// <summary>Nobody needs the journal just now: why it took nothing in an outage says nothing of the next one, in which the first call tries it again.</summary>
    public void DatabaseIsBack()
    {
        _fault = null;
        if (Rows > 0) return;
        lock (_lock) _isFull = false;
    }

    /// <summary>The files whose rows are to be written to the database now, oldest first; new rows begin a new one.</summary>
    public async Task<IReadOnlyList<JournalFile>> SealAsync(CancellationToken cancellationToken)
    {
        if (Rows == 0) return [];
        await _files.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } current) _sealed.Enqueue(current);
            _current = null;
            return [.. _sealed];
        }
        finally
        {
            _files.Release();
        }
    }

    /// <summary>The oldest sealed file's rows are in the database.</summary>
    public void Written(JournalFile file)
    {
        lock (_lock)
        {
            _sealed.Dequeue();
            _bytes -= file.End - JournalFile.HeaderSize;
            _isFull = false;
        }

        Interlocked.Add(ref _rows, -file.Rows);
    }

    /// <summary>Writes what waits, and leaves what is not in the database to the next start.</summary>
    public async Task StopAsync()
    {
        if (!IsOn) return;
        lock (_lock) IsOn = false;
        _work.Release();
        await WriteAsync(CancellationToken.None);
        if (_place is { } place)
        {
            if (folder.FilesOf(origin.Instance).Count == 0) folder.Leave(origin.Instance, place);
            else await place.DisposeAsync();
        }

        if (Rows > 0) LeftOver(logger, Rows, folder.Path);
        Dispose();
    }

    public void Dispose()
    {
        IsOn = false;
        _current?.Dispose();
        while (_sealed.TryDequeue(out var file)) file.Dispose();
        _place?.Dispose();
        (_current, _place) = (null, null);
    }

    private void Write()
    {
        try
        {
            if (_current is null)
            {
                _current = JournalFile.Create(folder.FileOf(origin.Instance, ++_number), folder.Tenant, clock.GetUtcNow());
                Began(logger, _current.Path);
            }

            _records.ResetWrittenCount();
            foreach (var pending in _writing)
            {
                _content.ResetWrittenCount();
                JournalRecord.Write(pending, _content);
                JournalFile.Encode(_content.WrittenSpan, _current.End + _records.WrittenCount, _records);
            }

            _current.Append(_records.WrittenSpan, _writing.Sum(static pending => pending.Count));
            _fault = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Failed(exception);
            return;
        }

        foreach (var pending in _writing) Answer(pending);
    }

    private void Answer(PendingCommit pending)
    {
        Interlocked.Add(ref _rows, pending.Count);
        pending.IsJournaled = true;
        // Nobody waits for it any more: a call that was opened here and refused is ended here, unless the database has its row by now.
        if (!pending.TryAnswer(null) && !pending.IsCommitted && !pending.KeepTrying && pending.WhenAbandoned() is { } end)
        {
            var row = new PendingCommit(static _ => { });
            row.EncodeUnattended(end);
            TryAppend(row, isQueued: false);
        }

        pending.Release();
    }

    private void Failed(Exception exception)
    {
        if (_fault is null) CannotWrite(logger, folder.Path, exception);
        _fault = "the journal cannot be written";
        foreach (var pending in _writing)
        {
            lock (_lock) _bytes -= JournalRecord.SizeOf(pending);
            pending.TryAnswer(new AuditUnavailableException("The audit row could not be written to the journal.", exception));
            if (pending.IsQueued || !pending.KeepTrying || !_fallBack(pending)) pending.Release();
        }
    }

    [LoggerMessage(2040, LogLevel.Warning, "The database does not take audit rows: calls go on, and their rows wait in {File}")]
    private static partial void Began(ILogger logger, string file);

    [LoggerMessage(2041, LogLevel.Error, "The journal of audit rows is full ({Limit}): calls are refused until the database is back")]
    private static partial void Full(ILogger logger, string limit);

    [LoggerMessage(2042, LogLevel.Error, "The journal of audit rows in {Folder} cannot be written; calls are refused, and it is tried again with each")]
    private static partial void CannotWrite(ILogger logger, string folder, Exception exception);

    [LoggerMessage(2043, LogLevel.Warning, "{Rows} audit rows wait in the journal in {Folder}; the next start writes them to the database")]
    private static partial void LeftOver(ILogger logger, long rows, string folder);
}
