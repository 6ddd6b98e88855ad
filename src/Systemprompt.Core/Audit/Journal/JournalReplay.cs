using Microsoft.Extensions.Logging;
using Systemprompt.Cli;

namespace Systemprompt.Audit.Journal;

/// <summary>
/// Writes journals to the database, in their order and each row once: this process's when the database is back, and at start those that dead processes of this
/// machine left. A row is known by its key, so one that was written before the process died is found there. A file goes when all of it is committed.
/// </summary>
internal sealed partial class JournalReplay(
    AuditJournal journal, JournalFolder folder, AuditWriter writer, AuditState state, WriterOrigin origin, IEnumerable<AuditTable> tables, TimeProvider clock, ILogger<JournalReplay> logger)
{
    // So many calls of the journal stand in the queue at once: calls of now must not wait behind all of it.
    private const int Window = 512;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly List<Guid> _takenOver = [];

    /// <summary>The dead processes whose journals are in the database now, also those that had nothing in it.</summary>
    public IReadOnlyList<Guid> TakenOver => _takenOver;

    /// <summary>One turn of the loop <c>audit.replay</c>.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, clock, cancellationToken);
        if (!state.IsUp) return;
        journal.DatabaseIsBack();
        foreach (var file in await journal.SealAsync(cancellationToken))
        {
            await WriteAsync(file, cancellationToken);
            journal.Written(file);
            file.Dispose();
        }
    }

    /// <summary>Writes what dead processes left. Called before anything is served, so that calls which they had open can be told from ours.</summary>
    /// <returns>When the oldest of it was begun; null when there was none.</returns>
    public async Task<DateTimeOffset?> WriteLeftAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        foreach (var instance in folder.Instances())
        {
            if (instance == origin.Instance || instance == Guid.Empty || await TakeOverAsync(instance, cancellationToken) is not { } place) continue;
            var isDone = true;
            foreach (var path in folder.FilesOf(instance))
            {
                if (await WriteLeftAsync(path, cancellationToken) is { } begun) oldest = oldest < begun ? oldest : begun;
                else isDone &= !File.Exists(path);
            }

            if (isDone)
            {
                folder.Leave(instance, place);
                _takenOver.Add(instance);
            }
            else await place.DisposeAsync();
        }

        return oldest;
    }

    private async Task<DateTimeOffset?> WriteLeftAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = JournalFile.Open(path, folder.Tenant);
            if (file is not null)
            {
                await WriteAsync(file, cancellationToken);
                return file.Created;
            }

            // Another tenant's, or one that has no header because its process died with it.
            if (new FileInfo(path).Length < JournalFile.HeaderSize) File.Delete(path);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"the journal {path} cannot be read, and its audit rows are not in the database yet: {exception.Message}. Let this process read it, or move it away and keep it.");
        }
    }

    private async Task<FileStream?> TakeOverAsync(Guid instance, CancellationToken cancellationToken)
    {
        // A command that looks at the journal holds the lock for a moment.
        for (var tries = 0; tries < 5; tries++)
        {
            if (folder.TryTakeOver(instance) is { } place) return place;
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, cancellationToken);
        }

        return null;
    }

    private async Task WriteAsync(JournalFile file, CancellationToken cancellationToken)
    {
        using var window = new SemaphoreSlim(Window, Window);
        var (rows, refused, at, calls) = (0L, 0, file.Done, 0);
        for (var from = at; file.TryRead(ref at, out var record); from = at)
        {
            if (record is null)
            {
                Damaged(logger, file.Path, from, at);
                Interlocked.Increment(ref refused);
                continue;
            }

            rows += JournalRecord.RowsIn(record);
            await window.WaitAsync(cancellationToken);
            var pending = new PendingCommit(done =>
            {
                if (done.IsRejected) Interlocked.Increment(ref refused);
                window.Release();
            });
            try
            {
                pending.Load(JournalRecord.Read(record, tables));
            }
            catch (FormatException exception)
            {
                NotReplayed(logger, file.Path, exception.Message);
                Interlocked.Increment(ref refused);
                window.Release();
                continue;
            }

            await writer.EnqueueAsync(pending, cancellationToken);
            if (++calls % Window == 0)
            {
                await DrainAsync(window, cancellationToken);
                // What a next start skips, it does not know to be kept.
                if (refused == 0) file.MarkDone(at);
            }
        }

        await DrainAsync(window, cancellationToken);
        if (at < file.End)
        {
            if (!file.IsOwn) Torn(logger, file.Path, file.End - at);
            else
            {
                Damaged(logger, file.Path, at, file.End);
                refused++;
            }
        }

        if (refused > 0) File.Move(file.Path, Path.ChangeExtension(file.Path, JournalFolder.Refused), overwrite: true);
        else File.Delete(file.Path);
        Replayed(logger, rows, file.Path);
    }

    /// <summary>Waits until all that was handed over is committed.</summary>
    private static async Task DrainAsync(SemaphoreSlim window, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Window; i++) await window.WaitAsync(cancellationToken);
        window.Release(Window);
    }

    [LoggerMessage(2044, LogLevel.Information, "{Rows} audit rows of the journal {File} are in the database")]
    private static partial void Replayed(ILogger logger, long rows, string file);

    [LoggerMessage(2045, LogLevel.Warning, "The journal {File} ends in {Bytes} bytes that are no whole record: the process died while it wrote them, and no call they belong to was answered. They are left out")]
    private static partial void Torn(ILogger logger, string file, long bytes);

    [LoggerMessage(2046, LogLevel.Critical, "The journal {File} is damaged from byte {From} to byte {To}: rows of calls that were answered may be missing from the trail. What can be read is written, and the file is kept")]
    private static partial void Damaged(ILogger logger, string file, long from, long to);

    [LoggerMessage(2047, LogLevel.Critical, "A record of the journal {File} cannot be written to the database: {Reason}; the file is kept")]
    private static partial void NotReplayed(ILogger logger, string file, string reason);
}
